"""An OpenID Connect provider for the tests: the library's own, in a process, a database and settings of its own.

Run as `python -m accounts.tests.oidc_provider PORT FOLDER`. It knows the people of PEOPLE and one client. Whoever opens
`/enter/NAME/` is signed in there as that person, in place of a page with a password.
"""

import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

CLIENT, SECRET = "the-course-office", "secret-of-the-course-office"
# By name: the address that the provider tells, and whether it says that the address was shown.
PEOPLE = {
    "nour": ("nour@campus.example", True),
    "alice": ("alice@campus.example", True),
    "rita": ("rita@campus.example", True),
    "unshown": ("alice2@campus.example", False),
    "stranger": ("alice@elsewhere.example", True),
}


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def configure(port: int, folder: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    settings.configure(
        DEBUG=True,
        SECRET_KEY="of-the-provider" * 4,
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="accounts.tests.oidc_provider_urls",
        SESSION_COOKIE_NAME="provider",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "provider.sqlite3")}},
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
            "allauth", "allauth.account", "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        IDP_OIDC_PRIVATE_KEY=pem,
    )  # fmt: skip


def fill() -> None:
    from allauth.account.models import EmailAddress
    from allauth.idp.oidc.models import Client
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    client = Client(id=CLIENT, name="Course office", scopes="openid\nprofile\nemail", skip_consent=True)
    client.set_secret(SECRET)
    client.redirect_uris = "http://localhost:8000/accounts/oidc/campus-oidc/login/callback/"
    client.save()
    for name, (email, shown) in PEOPLE.items():
        person = User.objects.create(username=name, email=email, first_name=name.title(), last_name="Campus")
        EmailAddress.objects.create(user=person, email=email, verified=shown, primary=True)


def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    configure(port, folder)
    import django

    django.setup()
    fill()
    from django.core.wsgi import get_wsgi_application

    with make_server("127.0.0.1", port, get_wsgi_application(), handler_class=Quiet) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
