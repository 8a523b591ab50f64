"""Who may do what to a learner's record: its owner with the student role, or staff by permission."""

from typing import Any

from courses.models import Section
from students.models import Enrollment, StudentProfile, WaitlistEntry


def can_enroll(user: Any, student: StudentProfile, section: Section | None = None) -> bool:
    """May `user` take a seat or a place in line for `student`?"""
    if user.has_perm("students.enroll_any_student"):
        return True
    return student.user_id == user.pk and user.has_perm("students.enroll_self")


def can_enroll_others(user: Any, section: Section | None = None) -> bool:
    return bool(user.has_perm("students.enroll_any_student"))


def can_drop(user: Any, enrollment: Enrollment) -> bool:
    """May `user` end this enrollment? The deadlines are a rule of the deed, not of the person."""
    if user.has_perm("students.drop_any_student"):
        return True
    return enrollment.student.user_id == user.pk and user.has_perm("students.enroll_self")


def can_drop_late(user: Any) -> bool:
    return bool(user.has_perm("students.drop_any_student"))


def can_leave_line(user: Any, entry: WaitlistEntry) -> bool:
    if user.has_perm("students.manage_waitlist"):
        return True
    return entry.student.user_id == user.pk and user.has_perm("students.enroll_self")


def can_manage_line(user: Any, section: Section | None = None) -> bool:
    return bool(user.has_perm("students.manage_waitlist"))


def can_grant_override(user: Any, section: Section | None = None) -> bool:
    return bool(user.has_perm("students.grant_override"))


def can_see_record(user: Any, student: StudentProfile) -> bool:
    return student.user_id == user.pk or bool(user.has_perm("students.view_any_record"))
