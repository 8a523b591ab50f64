"""Is the process alive, and can it serve? Answers name what fails and tell nothing else."""

import zoneinfo
from collections.abc import Callable

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _cache() -> bool:
    cache.set("health", "1", 10)
    return cache.get("health") == "1"


def _storage() -> bool:
    name = default_storage.save("health", ContentFile(b"1"))
    default_storage.delete(name)
    return True


def _time_zones() -> bool:
    return zoneinfo.TZPATH == ()


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "migrations": _migrations,
    "cache": _cache,
    "storage": _storage,
    "time_zones": _time_zones,
}


def ready(request: HttpRequest) -> JsonResponse:
    failing = [name for name, check in CHECKS.items() if not _passes(check)]
    return JsonResponse({"status": "failing" if failing else "ok", "failing": failing}, status=503 if failing else 200)


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        return False
