"""Deeds that bring data in: all of a file or nothing, and the same file twice changes nothing."""

from integrations.operations.catalog import CatalogSummary, import_catalog
from integrations.operations.rosters import apply_run, carry_out, check_run, create_run, undo_run
from integrations.operations.schedule import Summary, import_schedule

__all__ = [
    "CatalogSummary",
    "Summary",
    "apply_run",
    "carry_out",
    "check_run",
    "create_run",
    "import_catalog",
    "import_schedule",
    "undo_run",
]
