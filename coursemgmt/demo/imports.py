"""A file of enrollments that was checked and waits to be applied."""

from coursemgmt.demo.classes import Classes
from coursemgmt.demo.people import People
from courses.models import Term
from integrations.operations import create_run


def make_imports(term: Term, classes: Classes, people: People) -> None:
    section = classes.sections["MATH 20A 002"]
    lines = [
        "student,section,reason",
        *(f"{student.institutional_id},{section.crn}," for student in people.students[-3:]),
        f"nobody@example.edu,{section.crn},Moved from another school",
    ]
    create_run(
        "\n".join(lines).encode(),
        term,
        by=people.registrar,
        file_name="late-additions.csv",
        reason="Agreed with the department",
        is_whole=False,
    )
