"""What a step notes on the member's page: once per enrollment and step."""

import pytest
from django.core.exceptions import ValidationError

from automations.actions import ACTIONS
from members.models import MemberEvent
from tests.factories import NOW, EnrollmentFactory, WorkflowFactory

pytestmark = pytest.mark.django_db
LOG = ACTIONS["log_event"]


def test_it_is_noted_once_for_each():
    enrolled = EnrollmentFactory.create_batch(2, workflow=WorkflowFactory())
    for _ in range(2):
        LOG.run(enrolled, {"what": "Win-back began", "detail": "by mail"}, NOW)
    noted = MemberEvent.objects.order_by("pk").values_list("member", "what", "detail", "happened_at")
    assert list(noted) == [(each.member_id, "Win-back began", "by mail", NOW) for each in enrolled]


def test_it_needs_words():
    with pytest.raises(ValidationError):
        LOG.clean({"what": "", "detail": ""}, None)
    assert LOG.clean({"what": "x"}, None) == {"what": "x", "detail": ""}


def test_it_says_what_it_does():
    assert LOG.sentence({"what": "Win-back began."}) == "note “Win-back began” on the member's page"
