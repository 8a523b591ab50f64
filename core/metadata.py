"""What OPTIONS answers about an address of the API."""

from typing import Any

from rest_framework.metadata import BaseMetadata


class Methods(BaseMetadata):
    """Which methods there are, and nothing of rows or fields: the OpenAPI document describes those."""

    def determine_metadata(self, request: Any, view: Any) -> dict[str, Any]:
        return {"methods": view.allowed_methods}
