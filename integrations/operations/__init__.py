"""Deeds that bring data in: all of a file or nothing, and the same file twice changes nothing."""

from integrations.operations.catalog import CatalogSummary, import_catalog
from integrations.operations.schedule import Summary, import_schedule

__all__ = ["CatalogSummary", "Summary", "import_catalog", "import_schedule"]
