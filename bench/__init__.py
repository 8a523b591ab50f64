"""Measurements: a synthetic university, load on the real server, the limit of the database beside each. No tests.

Importing anything of it sets the environment up first: production-like settings and a database server of its own. A
process that has a site already, like that of the tests, keeps what it has.
"""

from django.apps import apps

from bench import environment

if not apps.ready:
    environment.prepare()
