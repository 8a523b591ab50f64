"""Who may do what to a learner's record: its owner with the student role, or staff by permission."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import RecordAccess
from accounts.policies import advises
from accounts.querysets import advisees_of
from core.acting import real_actor
from core.errors import DomainError
from courses.models import Section, SectionInstructor
from courses.policies import can_edit_sections, section_pages_open
from students.errors import MayNotSeeGrades, pages_closed
from students.models import Enrollment, Guardianship, OverrideRequest, StudentProfile, WaitlistEntry
from students.querysets import LIFTED_BY_INSTRUCTORS, acts_in_sections

Role = SectionInstructor.Role


def can_enroll(user: Any, student: StudentProfile, section: Section | None = None) -> bool:
    """May `user` take a seat or a place in line for `student`?"""
    if user.has_perm("students.enroll_any_student"):
        return True
    return student.user_id == user.pk and user.has_perm("students.enroll_self")


def can_plan(user: Any) -> bool:
    """May `user` look for weeks of open sections? Those who can enroll themselves."""
    return bool(user.has_perm("students.enroll_self"))


def can_enroll_others(user: Any, section: Section | None = None) -> bool:
    return bool(user.has_perm("students.enroll_any_student"))


def can_drop(user: Any, enrollment: Enrollment) -> bool:
    """May `user` end this enrollment? The deadlines are a rule of the deed, not of the person."""
    if user.has_perm("students.drop_any_student"):
        return True
    return enrollment.student.user_id == user.pk and user.has_perm("students.enroll_self")


def can_drop_late(user: Any, student: StudentProfile | None = None) -> bool:
    """End a seat after its deadline or in spite of a hold: staff, and never the own one."""
    if student is not None and is_oneself(user, student):
        return False
    return bool(user.has_perm("students.drop_any_student"))


def can_leave_line(user: Any, entry: WaitlistEntry) -> bool:
    if user.has_perm("students.manage_waitlist"):
        return True
    return entry.student.user_id == user.pk and user.has_perm("students.enroll_self")


def can_manage_line(user: Any, section: Section | None = None) -> bool:
    return bool(user.has_perm("students.manage_waitlist"))


def can_promote(user: Any, entry: WaitlistEntry) -> bool:
    """Give somebody a seat out of turn: staff, and nobody to oneself."""
    return can_manage_line(user, entry.section) and not is_oneself(user, entry.student)


def can_grant_override(user: Any, section: Section | None = None) -> bool:
    return bool(user.has_perm("students.grant_override"))


def is_oneself(user: Any, student: StudentProfile) -> bool:
    """Would `user` decide about the own registration? Whoever works in the office may be a student too."""
    return user is not None and user.pk == student.user_id


def can_answer_request(user: Any, request: OverrideRequest) -> bool:
    """Staff any; the instructors of the section those that they may lift, which gives a permission and no seat.

    Nobody answers the own request.
    """
    if is_oneself(user, request.student):
        return False
    if can_grant_override(user, request.section):
        return True
    return request.kind in LIFTED_BY_INSTRUCTORS and rights_in(user, request.section).manage_grades


def can_approve(user: Any, section: Section) -> bool:
    """Say who gets a seat where that is asked: staff, and the section's instructors where it says so."""
    if can_grant_override(user, section):
        return True
    return section.approval == Section.Approval.INSTRUCTOR and rights_in(user, section).manage_grades


def can_settle(user: Any) -> bool:
    """Say until when a seat waits for its payment, and that it is paid."""
    return bool(user.has_perm("students.enroll_any_student"))


def can_place_hold(user: Any) -> bool:
    return bool(user.has_perm("students.place_hold"))


def can_edit_registration(user: Any) -> bool:
    """Set windows, restrictions and reserved seats."""
    return bool(user.has_perm("students.edit_registration"))


def can_answer_requests(user: Any) -> bool:
    """Open the inbox of requests: staff, and whoever is instructor of a section."""
    if can_grant_override(user):
        return True
    return SectionInstructor.objects.filter(instructor=user, role=Role.INSTRUCTOR).exists()


@dataclass(frozen=True)
class Rights:
    """What a person may do about one section, from the own rows there and from permissions."""

    teaches: bool
    roster: bool
    contacts: bool
    line: bool
    grade: bool
    manage_grades: bool
    export_grades: bool


def rights_in(user: Any, section: Section) -> Rights:
    """Return all rights of `user` in `section` by one query, none when who teaches it was read along with it.

    Each `can_` below is one of them. This section's own rows are asked: a role in another section gives nothing here.
    """
    own: list[SectionInstructor] = []
    if user.is_authenticated and acts_in_sections(user):
        own = [row for row in section.section_instructors.all() if row.instructor_id == user.pk]
    instructs, sees_rosters = any(row.is_instructor for row in own), user.has_perm("students.view_any_roster")
    # Who works in the name of a teacher sees no drafts.
    grades = real_actor() is None
    return Rights(
        teaches=bool(own),
        roster=bool(own) or sees_rosters,
        contacts=instructs or sees_rosters,
        line=instructs or can_manage_line(user, section),
        grade=grades and any(row.grades for row in own),
        manage_grades=grades and instructs,
        export_grades=instructs or user.has_perm("students.export_any_grade_sheet"),
    )


def can_see_roster(user: Any, section: Section) -> bool:
    """The names: whoever teaches or assists in this section, and staff.

    Classmates see none: there is no way yet for a student to keep the own name from them.
    """
    return rights_in(user, section).roster


def can_see_contacts(user: Any, section: Section) -> bool:
    """E-mail addresses and student numbers of the roster, and the roster as a file: instructors and staff."""
    return rights_in(user, section).contacts


def history_reader(user: Any) -> Callable[[Enrollment], bool]:
    """Return a function that tells whether `user` may see the history of an enrollment; for many it asks twice.

    Its student, the instructors of the section, the student's advisor, and staff; assistants and graders see none.
    """
    if not user.is_authenticated:
        return lambda enrollment: False
    if can_see_records(user):
        return lambda enrollment: True
    own = SectionInstructor.objects.filter(instructor=user, role=Role.INSTRUCTOR)
    taught = set(own.values_list("section_id", flat=True)) if acts_in_sections(user) else set()
    readable = {user.pk, *advisees_of(user).values_list("advisee_id", flat=True)}
    return lambda enrollment: enrollment.student.user_id in readable or enrollment.section_id in taught


def can_see_skips(user: Any, entry: WaitlistEntry) -> bool:
    """Why somebody was passed over, which may name another class or what is missing.

    For the student, the student's advisor and staff.
    """
    return can_read_record(user, entry.student)


def can_grade(user: Any, section: Section) -> bool:
    """See drafts and enter scores: the section's instructors, and whom these let grade in it; staff do neither."""
    return rights_in(user, section).grade


def can_manage_grades(user: Any, section: Section) -> bool:
    """Make, weigh and post graded work, and final grades: the section's instructors alone."""
    return rights_in(user, section).manage_grades


def can_see_grades(user: Any, enrollment: Enrollment) -> bool:
    """What is posted of one enrollment: its student, who grades the section, the student's advisor, and staff."""
    return can_read_record(user, enrollment.student) or can_grade(user, enrollment.section)


def pages_refusal(user: Any, section: Section, now: datetime | None = None) -> DomainError | None:
    """Return why `user` cannot open what is inside a class now, or None; whether they belong to it is not asked."""
    now = now or timezone.now()
    return None if section_pages_open(section, user, now) else pages_closed(section, now)


def grades_refusal(user: Any, enrollment: Enrollment, now: datetime | None = None) -> DomainError | None:
    """Return why `user` cannot see the posted work of one enrollment now, or None.

    Its student sees it while the pages of the class are open; all others who may at any time.
    """
    if not can_see_grades(user, enrollment):
        return MayNotSeeGrades()
    is_own = enrollment.student.user_id == user.pk
    return pages_refusal(user, enrollment.section, now) if is_own else None


def can_export_grades(user: Any, section: Section) -> bool:
    """The grade sheet as a file: drafts for its instructors, what is posted for the registrar."""
    return rights_in(user, section).export_grades


def can_edit_profile(user: Any, student: StudentProfile | None = None) -> bool:
    """Change what rules ask, such as level and standing: staff, and nobody's own."""
    if student is not None and is_oneself(user, student):
        return False
    return bool(user.has_perm("students.edit_any_profile"))


def can_see_records(user: Any) -> bool:
    """Everybody's record: staff."""
    return bool(user.has_perm("students.view_any_record"))


def can_read_record(user: Any, student: StudentProfile) -> bool:
    """The record of one student, without drafts: the student, the student's advisor, and staff."""
    return student.user_id == user.pk or can_see_records(user) or advises(user, student.user)


def can_ask_what_is_missing(user: Any, student: StudentProfile) -> bool:
    """Ask what stands between a student and a seat: who may take one for the student, and the student's advisor."""
    return can_enroll(user, student) or advises(user, student.user)


def grades_reader(user: Any, enrollment: Enrollment) -> str:
    """Return as what `user` reads the grades of this enrollment, which several contexts may open; "" for the office."""
    if can_grade(user, enrollment.section):
        return RecordAccess.Reader.TEACHING
    return "" if can_see_records(user) else RecordAccess.Reader.ADVISOR


def can_see_classmates(user: Any, section: Section) -> bool:
    """Read the names of the others: whoever has a seat in this section or finished it; a place in line is none."""
    if not user.is_authenticated:
        return False
    return Enrollment.objects.seated().filter(section=section, student__user_id=user.pk).exists()


def can_link_guardians(user: Any) -> bool:
    """Say who reads along with a student."""
    return bool(user.has_perm("students.link_guardians"))


def can_link_guardian(user: Any, student: StudentProfile) -> bool:
    """For any student but oneself: staff who study are asked as everybody is."""
    return can_link_guardians(user) and not is_oneself(user, student)


def can_agree_to_guardian(user: Any, link: Guardianship) -> bool:
    return bool(link.student.user_id == user.pk)


def can_end_guardianship(user: Any, link: Guardianship) -> bool:
    """The guardian, the office, and the student unless the office recorded that the student is not asked."""
    if link.guardian_id == user.pk or can_link_guardian(user, link.student):
        return True
    return can_agree_to_guardian(user, link) and not link.waived_reason


def can_preview(user: Any, section: Section) -> bool:
    """Look at a section as a student of it: whoever teaches in it, and staff who run sections; it shows no student."""
    return rights_in(user, section).teaches or can_edit_sections(user)


def can_keep_name(user: Any, student: StudentProfile) -> bool:
    """Decide whether other students may read the name: the student, and staff."""
    return student.user_id == user.pk or can_edit_profile(user, student)
