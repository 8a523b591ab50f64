"""Small schedules and catalogues in the layout of the real ones, with invented people."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from courses.models import Term

REAL = Path(__file__).resolve().parents[3] / "shared" / "realdata"
HEADER = "subj_course_id\tsec_code\tsec_id\tinstructor\ttotal_seats\tmeetings\n"
LECTURE = "LE,MWF,9:00 - 9:50,OAK 101"
ROWS = [
    f"CSE 21\tA01\t1\tNowak, Ada\t30\t{LECTURE}|DI,W,14:00 - 14:50,OAK 102",
    f"CSE 21\tA02\t2\tNowak, Ada\t30\t{LECTURE}|DI,W,15:00 - 15:50,OAK 102",
    f"MATH 15B\tA01\t3\tNowak, Ada\t9999\t{LECTURE}",
    "CSE 99\t001\t4\tStaff\t9999\tIN,N/A,0:00 - 0:00,TBA TBA",
]
CATALOG_HEADER = "department\tcourse_number\tcourse_name\tunits\tdescription\n"

Write = Callable[..., Path]


def make_import_term(first: date | None = None, **fields: Any) -> Term:
    """Return the term T1 of four weeks from a Monday on, to come unless said."""
    today = timezone.localdate()
    first = first or today + timedelta(days=28 - today.weekday())
    facts = {"code": "T1", "name": "Term", "kind": "quarter", "start_date": first, "end_date": first + timedelta(27)}
    return Term.objects.create(**facts | fields)


def writer(folder: Path) -> Write:
    """Return a function that writes rows under the header of a schedule and returns the file."""

    def write(*rows: str, header: str = HEADER) -> Path:
        path = folder / "file.tsv"
        path.write_text(header + "".join(f"{row}\n" for row in rows), "utf-8")
        return path

    return write
