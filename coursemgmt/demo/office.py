"""What the office did: a role that was assembled, who holds it, and work in a student's name."""

from accounts.models import ImpersonationEnd, User
from accounts.operations import create_person, end_impersonation, grant_role, make_role, start_impersonation
from coursemgmt.demo.people import LOGINS, People

CLERK = "records clerk"
MAY = ["accounts.view_directory", "students.view_any_record", "students.view_any_roster", "students.edit_any_profile"]


def make_office(people: People) -> None:
    administrator = User.objects.get(email=LOGINS["administrator"][0])
    make_role(CLERK, MAY, by=administrator, reason="The records desk answers by telephone.")
    clerk = create_person("clerk@example.edu", by=None, given_name="Carla", family_name="Conti")
    grant_role(clerk, CLERK, by=administrator, reason="Works at the records desk since autumn.")
    work = start_impersonation(
        people.alice.user, by=administrator, reason="She asked by telephone why a class is missing from her week."
    )
    end_impersonation(work, by=administrator, cause=ImpersonationEnd.Cause.ENDED)
