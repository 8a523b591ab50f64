"""What a request says where an empty one would tell nobody whether they may: by operation, of the world's things."""

from collections.abc import Callable
from typing import Any

from appointments.tests.makers import at

Things = dict[str, Any]


def id_of(thing: Any) -> str:
    return str(thing.public_id)


BODIES: dict[str, Callable[[Things], dict[str, Any]]] = {
    # Registration.
    "api_enrollment-list": lambda t: {"section": id_of(t["free_section"])},
    "api_waitlist_entry-list": lambda t: {"section": id_of(t["full_section"])},
    "api_section_key": lambda t: {"key": "guess"},
    "api_self_enrollment": lambda t: {"domains": ["example.edu"]},
    "api_pre_enrollment-list": lambda t: {
        "section": id_of(t["free_section"]), "email": "n@example.edu", "expires_at": "2035-01-01T08:00:00Z",
    },
    "api_pre_enrollment-drop": lambda t: {"reason": "Not coming"},
    "api_override-list": lambda t: {
        "student": id_of(t["profile"]), "section": id_of(t["free_section"]), "kind": "capacity", "reason": "Asked for",
    },
    # Grades.
    "api_grade_item-list": lambda t: {"section": id_of(t["section"]), "title": "Essay"},
    "api_scores": lambda t: {"scores": [{"enrollment": id_of(t["enrollment"]), "score": "5"}]},
    "api_final_grades": lambda t: {"grades": [{"enrollment": id_of(t["enrollment"]), "grade": "B"}]},
    # Office hours.
    "api-appointment-list": lambda t: {"type": id_of(t["type"]), "starts_at": at(16).isoformat()},
    "api-appointment-move": lambda t: {"starts_at": at(16).isoformat(), "reason": "Ill"},
    "api-appointment-type-list": lambda t: {"title": "Advice"},
    "api-appointment-type-slots": lambda t: {"from": at(8).isoformat(), "to": at(17).isoformat()},
    "api-availability": lambda t: {"hours": []},
    "api-availability-override-list": lambda t: {
        "kind": "block", "start_date": "2030-01-01", "end_date": "2030-01-02",
    },
    "appointments:book": lambda t: {"starts_at": at(16).isoformat()},
    # Places and times.
    "api_building-list": lambda t: {"code": "ELM", "name": "Elm"},
    "api_room-list": lambda t: {"building": id_of(t["building"]), "code": "9"},
    "api_closure-list": lambda t: {"name": "Fair", "start_date": "2030-01-01", "end_date": "2030-01-02"},
    "api_closure-move": lambda t: {"start_date": "2030-02-01", "end_date": "2030-02-02"},
    "api_pattern-list": lambda t: {"sections": [id_of(t["free_section"])]},
    "api_pattern-end": lambda t: {"reason": "No room"},
    "api_meeting-cancel": lambda t: {"reason": "Ill"},
    "api_meeting-move": lambda t: {
        "reason": "Ill", "starts_at": at(20).isoformat(), "ends_at": at(21).isoformat(), "room": id_of(t["room"]),
    },
    "api_rollover-list": lambda t: {"source": t["term"].code, "target": "LATER"},
    # The catalogue.
    "api_term-list": lambda t: {"code": "NEXT", "name": "Next", "start_date": "2030-01-01", "end_date": "2030-05-01"},
    "api_subject-list": lambda t: {"code": "ART", "name": "Art"},
    "api_course-list": lambda t: {"subject": id_of(t["subject"]), "number": "9999", "title": "New course"},
    "api_course-requirements": lambda t: {"text": t["listed_section"].course.code},
    "api_section-list": lambda t: {
        "course": id_of(t["course"]), "term": id_of(t["term"]), "crn": "99999", "section_number": "Z9",
    },
    "api_section-requirements": lambda t: {"text": t["listed_section"].course.code},
    "api_section-instructors": lambda t: {"instructors": [{"id": id_of(t["host"])}]},
}  # fmt: skip
