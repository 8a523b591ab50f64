"""Measurements: a synthetic university, load on the real server, the limit of the database beside each. No tests.

Importing anything of it sets the environment up first: production-like settings and a database server of its own.
"""

from bench import environment

environment.prepare()
