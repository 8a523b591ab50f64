"""The database backend of the embedded server: Django's PostgreSQL backend that starts its own server when needed."""

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.utils import OperationalError

from coursemgmt.embedded.server import ensure, ensure_database


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        home = self.settings_dict["EMBEDDED_HOME"]
        self.settings_dict["HOST"] = str(ensure(home))
        return super().get_connection_params()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            return super().get_new_connection(conn_params)
        except (OperationalError, psycopg.OperationalError):
            # Either the database is not there yet, or the server was killed between the look and the call.
            home = self.settings_dict["EMBEDDED_HOME"]
            ensure(home)
            if conn_params.get("dbname") and conn_params["dbname"] == self.settings_dict["NAME"]:
                ensure_database(home, conn_params["dbname"])
            return super().get_new_connection(conn_params)
