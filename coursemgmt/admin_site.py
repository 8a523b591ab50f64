"""The site of the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class Site(admin.AdminSite):
    def _build_app_dict(self, request: HttpRequest, label: Any = None) -> dict[str, Any]:
        # The menu of every page is sorted by names, and each comparison would translate two of them again.
        found: dict[str, Any] = super()._build_app_dict(request, label)
        for app in found.values():
            app["name"] = str(app["name"])
            for model in app["models"]:
                model["name"] = str(model["name"])
        return found
