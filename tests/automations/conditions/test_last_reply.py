"""When a member last wrote back, as a condition."""

import datetime as dt

import pytest

from tests.automations.conditions.test_fields import fits, rule
from tests.factories import NOW, MemberFactory
from tests.reply_factories import InboundMessageFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("days_ago", "taken_as", "is_so"),
    [(0, "reply", True), (6, "reply", True), (7, "reply", False), (0, "stop", False), (-1, "reply", False)],
)
def test_whoever_wrote_back_within_some_days(days_ago: int, taken_as: str, is_so: bool) -> None:
    member = MemberFactory()
    at = NOW - dt.timedelta(days=days_ago)
    InboundMessageFactory(member=member, received_at=at, taken_as=taken_as)
    assert fits(member, rule("last_reply", "in_last", days=7)) == is_so
