"""What the catalogue refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict


class CourseNotPublished(Conflict):
    code = "course_not_published"
    message = _("%(course)s is not published.")
    field = "course"


class CourseWrongState(Conflict):
    code = "course_wrong_state"
    message = _("%(course)s is %(status)s; this is not possible now.")


class CourseHasSections(Conflict):
    code = "course_has_sections"
    message = _("%(course)s has sections that are planned or taught.")


class CourseCodeTaken(Conflict):
    code = "course_code_taken"
    message = _("This subject has a course %(number)s already.")
    field = "number"


class CrnTaken(Conflict):
    code = "crn_taken"
    message = _("The term has a section with the CRN %(crn)s already.")
    field = "crn"


class SectionNumberTaken(Conflict):
    code = "section_number_taken"
    message = _("The course has a section %(section_number)s in this term already.")
    field = "section_number"


class SectionWrongState(Conflict):
    code = "section_wrong_state"
    message = _("%(section)s is %(status)s; this is not possible now.")


class RequirementCycle(Conflict):
    code = "requirement_cycle"
    message = _("%(course)s would have to be taken before itself.")
    field = "requirement"


class RequirementUnknownCourse(Conflict):
    code = "requirement_unknown_course"
    message = _("A course of this requirement does not exist.")
    field = "requirement"


class LinkRefused(Conflict):
    code = "link_refused"
    message = _("This cannot belong to %(section)s: name a section of the same course and term that stands alone.")
    field = "linked_to"


class CreditsOutOfRange(Conflict):
    code = "credits_out_of_range"
    message = _("The course gives %(least)s to %(most)s credit hours.")
    field = "credit_hours"


class TermInsideItself(Conflict):
    code = "term_inside_itself"
    message = _("%(term)s cannot be a part of itself.")
    field = "parent"


class TermKindOrder(Conflict):
    code = "term_kind_order"
    message = _("%(part)s (%(kind)s) cannot be a part of a %(whole)s: a part is of a shorter kind.")
    field = "parent"


class TermOutside(Conflict):
    code = "term_outside"
    message = _("%(part)s would lie outside of %(whole)s.")
    field = "start_date"


class NotCrossListed(Conflict):
    code = "not_cross_listed"
    message = _("%(section)s is not cross-listed.")


class OnePrimary(Conflict):
    code = "one_primary"
    message = _("A section has exactly one instructor of record, whose role is instructor.")


class InstructorTwice(Conflict):
    code = "instructor_twice"
    message = _("Name each person once.")


class InstructorInactive(Conflict):
    code = "instructor_inactive"
    message = _("The account of %(person)s is deactivated.")


class CrossListNeedsTwo(Conflict):
    code = "cross_list_needs_two"
    message = _("Choose at least two sections.")


class CrossListTerms(Conflict):
    code = "cross_list_terms"
    message = _("Cross-listed sections are taught in one term.")


class CrossListCourses(Conflict):
    code = "cross_list_courses"
    message = _("Cross-listed sections are of different courses.")


class CrossListedAlready(Conflict):
    code = "cross_listed_already"
    message = _("%(section)s is cross-listed already.")


class NobodyToAdd(Conflict):
    """One answer for an address nobody has and for somebody who cannot be added: it tells neither."""

    code = "nobody_to_add"
    message = _(
        "Nobody who can be added has this address. It must be typed in full, and belong to somebody with a confirmed"
        " account who does not take the class."
    )
    field = "email"


class TriedTooOften(Conflict):
    code = "tried_too_often"
    message = _("Too many addresses were tried. Try again in an hour.")
    field = "email"


class TeachesAlready(Conflict):
    code = "teaches_already"
    message = _("%(person)s is in this section already.")
    field = "email"


class NotAnAssistant(Conflict):
    code = "not_an_assistant"
    message = _("%(person)s is an instructor of this section. The course office changes that.")


class TakesTheClass(Conflict):
    code = "takes_the_class"
    message = _("%(person)s has a seat in this section as a student.")
    field = "instructors"


class FileTooLarge(Conflict):
    code = "file_too_large"
    message = _("The file is larger than %(megabytes)s MB.")
    field = "file"


class FileKindRefused(Conflict):
    code = "file_kind_refused"
    message = _("This is no file of a kind that is taken: PDF, PNG, JPEG, text, or an office document without macros.")
    field = "file"


class TooManyFiles(Conflict):
    code = "too_many_files"
    message = _("The section has %(most)s files already. Remove one first.")
    field = "file"
