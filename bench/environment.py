"""Where measurements run: production-like settings, and a database server of their own in BENCH_DIR or var/bench.

Whatever the shell says about the developer's database is left aside.
"""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("BENCH_DIR") or ROOT / "var" / "bench").resolve()

SETTINGS = {
    "DEBUG": "false",
    # Sign nothing but the sessions and tokens of invented people, on this machine.
    "SECRET_KEY": "measurements-only-" + "0" * 48,
    "JWT_SIGNING_KEY": "measurements-only-" + "1" * 48,
    "ALLOWED_HOSTS": "127.0.0.1,testserver",
    "SITE_URL": "http://127.0.0.1",
    # The one difference to production: the load comes over plain HTTP.
    "SECURE_SSL_REDIRECT": "false",
    "DATABASE_URL": "",
    "EMAIL_HOST": "",
    "VAR_DIR": str(HOME),
    "STATIC_ROOT": str(HOME / "static"),
    "MEDIA_ROOT": str(HOME / "uploads"),
    "LOG_LEVEL": "ERROR",
    "DJANGO_SETTINGS_MODULE": "coursemgmt.settings",
}


def prepare() -> None:
    """Set the environment, for this process and for those it starts, and set Django up."""
    HOME.mkdir(parents=True, exist_ok=True)
    os.environ.update(SETTINGS)
    import django

    django.setup()
