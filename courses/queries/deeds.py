"""Which deeds are possible in which state: asked by the deeds themselves and by what offers them."""

from courses.models import Course, Section

COURSE = {
    "publish": (Course.Status.DRAFT,),
    "archive": (Course.Status.DRAFT, Course.Status.PUBLISHED),
    "change": (Course.Status.DRAFT, Course.Status.PUBLISHED),
    "restore": (Course.Status.ARCHIVED,),
}
SECTION = {
    "open": (Section.Status.PLANNED, Section.Status.CLOSED),
    "close": (Section.Status.OPEN,),
    "complete": (Section.Status.OPEN, Section.Status.CLOSED),
    "cancel": (Section.Status.PLANNED, Section.Status.OPEN, Section.Status.CLOSED),
    "change": (Section.Status.PLANNED, Section.Status.OPEN, Section.Status.CLOSED, Section.Status.COMPLETED),
    "restore": (Section.Status.CANCELLED,),
    "cross_list": (Section.Status.PLANNED, Section.Status.OPEN, Section.Status.CLOSED),
}


def course_deeds(course: Course) -> list[str]:
    """Return the names of the deeds that this course's state allows."""
    return [name for name, states in COURSE.items() if course.status in states]


def section_deeds(section: Section) -> list[str]:
    """Return the names of the deeds that this section's state allows."""
    return [name for name, states in SECTION.items() if section.status in states]
