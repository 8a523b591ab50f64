"""Who advises and who reads along with whom, who keeps the own name, what an assistant may, what a class hands out."""

from django.core.files.base import ContentFile

from accounts.models import User
from accounts.operations import assign_advisor, create_person
from coursemgmt.demo.classes import Classes
from coursemgmt.demo.people import GUARDIAN, LOGINS, PASSWORD, People
from courses.operations import add_material, change_assistant
from students.operations import agree_to_guardian, change_profile, link_guardian, take_guardianship

# Besides Alice one on probation; who keeps the name sits in classes of Alice's.
ADVISED, KEEPS_NAME = 17, 5
SYLLABUS = """Data Structures

Weeks 1 to 3   Lists, stacks, queues
Weeks 4 to 7   Trees and heaps
Weeks 8 to 10  Hashing, graphs

Two problem sets, a quiz, a midterm exam.
"""


def make_advising(people: People, classes: Classes) -> None:
    advisor = User.objects.get(email=LOGINS["advisor"][0])
    for student in (people.alice, people.students[ADVISED]):
        assign_advisor(student.user, advisor, by=people.registrar, reason="Advisor of the program")
    change_profile(people.students[KEEPS_NAME], by=people.students[KEEPS_NAME].user, directory_hold=True)
    _make_guardian(people)
    section = classes.sections["CS 102 001"]
    add_material(section, ContentFile(SYLLABUS.encode(), "Syllabus"), by=people.teachers[0])
    helper = section.section_instructors.get(role="assistant")
    change_assistant(helper, by=people.teachers[0], can_grade=True)


def _make_guardian(people: People) -> None:
    """Let a mother read along with Alice, who agreed; ask another student about a sponsor."""
    email, given, family = GUARDIAN
    mother = create_person(email, by=None, password=PASSWORD, given_name=given, family_name=family)
    link = link_guardian(people.alice, email, by=people.registrar, relation="Mother")
    take_guardianship(agree_to_guardian(link, by=people.alice.user), by=mother)
    link_guardian(people.students[ADVISED], "scholarships@example.org", by=people.registrar, relation="Sponsor")
