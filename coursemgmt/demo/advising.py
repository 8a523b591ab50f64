"""Who advises whom, who keeps the own name from other students, and what an assistant may."""

from accounts.models import User
from accounts.operations import assign_advisor
from coursemgmt.demo.classes import Classes
from coursemgmt.demo.people import LOGINS, People
from courses.operations import change_assistant
from students.operations import change_profile

# Besides Alice one on probation; who keeps the name sits in classes of Alice's.
ADVISED, KEEPS_NAME = 17, 5


def make_advising(people: People, classes: Classes) -> None:
    advisor = User.objects.get(email=LOGINS["advisor"][0])
    for student in (people.alice, people.students[ADVISED]):
        assign_advisor(student.user, advisor, by=people.registrar, reason="Advisor of the program")
    change_profile(people.students[KEEPS_NAME], by=people.students[KEEPS_NAME].user, directory_hold=True)
    helper = classes.sections["CS 102 001"].section_instructors.get(role="assistant")
    change_assistant(helper, by=people.teachers[0], can_grade=True)
