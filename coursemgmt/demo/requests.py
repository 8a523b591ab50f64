"""What the office sees of data requests: a copy that was fetched, and an erasure that waits for the second approval."""

from coursemgmt.demo.people import People
from coursemgmt.privacy import operations

# Neither of them signs in: whoever tries the site out decides about somebody who is nobody.
COPIED, LEAVING = 30, 31


def make_requests(people: People) -> None:
    copied, leaving = people.students[COPIED].user, people.students[LEAVING].user
    copy = operations.make_copy(operations.ask_copy(copied, by=copied))
    operations.fetch_copy(copy, by=copied)
    erasure = operations.ask_erasure(leaving, by=leaving)
    operations.approve(erasure, by=people.registrar, reason="")
