"""Who advises a student: assigned by the office, for a time, never by oneself."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import operations
from accounts.errors import AdvisesAlready, AssignmentOver, MayNotAssignAdvisor, NotAnAdvisor
from accounts.models import RoleAssignment, User
from accounts.policies import advises
from accounts.tests.makers import adam, alice, ivan, make_user, oscar, rita

pytestmark = [pytest.mark.django_db, pytest.mark.row("R67")]


def ada(**fields):
    return make_user(roles=["advisor"], given_name="Ada", family_name="Example", **fields)


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_the_office_assigns_an_advisor_and_the_row_says_who_and_why():
    advisor, student = ada(), alice()
    row = operations.assign_advisor(student, advisor, by=rita(), reason="Same department")
    assert (row.granted_by, row.reason, row.valid_to) == (rita(), "Same department", None)
    assert advises(fresh(advisor), student)
    assert not advises(fresh(advisor), oscar())
    assert row.history.get().pgh_label == "insert"


@pytest.mark.parametrize("maker", [alice, ivan, oscar, ada])
def test_nobody_else_assigns_an_advisor(maker):
    with pytest.raises(MayNotAssignAdvisor):
        operations.assign_advisor(make_user(roles=["student"]), ada(), by=maker())
    assert not RoleAssignment.objects.exists()


def test_nobody_assigns_oneself_or_the_own_advisor():
    both = make_user(roles=["registrar", "advisor"])
    learner = make_user(roles=["registrar", "student"])
    with pytest.raises(MayNotAssignAdvisor):
        operations.assign_advisor(alice(), both, by=both)
    with pytest.raises(MayNotAssignAdvisor):
        operations.assign_advisor(learner, ada(), by=learner)


def test_only_somebody_with_the_role_is_assigned():
    closed = ada(is_active=False)
    for person in (ivan(), alice(), closed):
        with pytest.raises(NotAnAdvisor):
            operations.assign_advisor(make_user(roles=["student"]), person, by=rita())


def test_two_assignments_of_the_same_two_people_share_no_moment():
    advisor, student, now = ada(), alice(), timezone.now()
    operations.assign_advisor(student, advisor, by=None, valid_to=now + timedelta(days=9))
    with pytest.raises(AdvisesAlready):
        operations.assign_advisor(student, advisor, by=None, valid_from=now + timedelta(days=8))
    later = operations.assign_advisor(student, advisor, by=None, valid_from=now + timedelta(days=9))
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleAssignment.objects.create(user=advisor, group=later.group, advisee=student)
    assert RoleAssignment.objects.count() == 2


@pytest.mark.parametrize(("begins", "ends", "holds"), [(-2, -1, False), (-1, 1, True), (-1, None, True), (1, 2, False)])
def test_it_holds_from_its_start_to_its_end_alone(begins, ends, holds):
    advisor, student, now = ada(), alice(), timezone.now()
    row = operations.assign_advisor(student, advisor, by=None)
    RoleAssignment.objects.filter(pk=row.pk).update(
        valid_from=now + timedelta(days=begins), valid_to=ends and now + timedelta(days=ends)
    )
    assert advises(advisor, student) is holds


def test_an_end_before_the_start_is_malformed():
    with pytest.raises(ValidationError):
        operations.assign_advisor(alice(), ada(), by=None, valid_to=timezone.now() - timedelta(days=1))


@pytest.mark.row("R69")
def test_an_assignment_that_is_ended_gives_nothing_any_more():
    advisor, student = ada(), alice()
    row = operations.assign_advisor(student, advisor, by=None)
    ended = operations.end_assignment(row, by=rita(), reason="Left the department")
    assert not advises(advisor, student)
    assert (ended.ended_by, ended.end_reason) == (rita(), "Left the department")
    with pytest.raises(AssignmentOver):
        operations.end_assignment(row, by=rita(), reason="Again")
    with pytest.raises(MayNotAssignAdvisor):
        operations.end_assignment(row, by=advisor, reason="I go")
    again = operations.assign_advisor(student, advisor, by=None)
    assert advises(advisor, student)
    assert again.pk != row.pk


@pytest.mark.row("R69")
@pytest.mark.parametrize("lose", ["role", "account"])
def test_who_loses_the_role_or_the_account_advises_nobody_and_does_not_get_it_back(lose):
    advisor, student = ada(), alice()
    operations.assign_advisor(student, advisor, by=None)
    if lose == "role":
        operations.remove_role(advisor, "advisor", by=adam())
        operations.grant_role(advisor, "advisor", by=adam())
    else:
        operations.deactivate(advisor, by=adam())
        operations.reactivate(advisor, by=adam())
    assert not advises(fresh(advisor), student)
    assert RoleAssignment.objects.get().end_reason


def test_a_row_is_seen_by_its_student_its_advisor_and_the_office():
    advisor, student = ada(), alice()
    row = operations.assign_advisor(student, advisor, by=None)
    seen = {
        who.given_name: list(RoleAssignment.objects.visible_to(fresh(who)))
        for who in (student, advisor, rita(), oscar(), ivan())
    }
    assert seen == {"Alice": [row], "Ada": [row], "Rita": [row], "Oscar": [], "Ivan": []}
