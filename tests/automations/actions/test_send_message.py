"""Sending a message: one queued per enrollment, or a failure in words."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from automations.actions import ACTIONS
from automations.models import Enrollment, Workflow
from messaging.models import Message
from messaging.operations.by_hand import ORIGIN
from tests.factories import (
    NOW,
    ClosureFactory,
    EnrollmentFactory,
    MessageFactory,
    MessageTemplateFactory,
    WorkflowFactory,
)

pytestmark = pytest.mark.django_db
SEND = ACTIONS["send_message"]


@pytest.fixture
def workflow() -> Workflow:
    return WorkflowFactory(patience_hours=5)


def batch(workflow: Workflow, number: int) -> list[Enrollment]:
    return [EnrollmentFactory(workflow=workflow) for _ in range(number)]


def test_each_enrollment_gets_a_message_of_its_own(workflow: Workflow) -> None:
    template = MessageTemplateFactory(club=workflow.club)
    enrolled = batch(workflow, 3)
    outcomes = SEND.run(enrolled, {"template": template.slug}, NOW)
    assert {pk: outcome.outcome for pk, outcome in outcomes.items()} == {each.pk: "done" for each in enrolled}
    assert [outcomes[each.pk].message.member for each in enrolled] == [each.member for each in enrolled]
    message = Message.objects.first()
    assert (message.template, message.origin, message.status) == (template, workflow.slug, "queued")
    assert message.expires_at == NOW + dt.timedelta(hours=5)


def test_a_template_that_is_gone_fails_in_words(workflow: Workflow) -> None:
    MessageTemplateFactory(slug="hello")
    (enrollment,) = batch(workflow, 1)
    outcome = SEND.run([enrollment], {"template": "hello"}, NOW)[enrollment.pk]
    assert (outcome.outcome, outcome.error) == ("failed", "There is no template “hello” any more.")
    assert not Message.objects.exists()


LAST_VISIT = NOW.replace(hour=12) - dt.timedelta(days=10)


@pytest.mark.parametrize(
    ("sent", "is_skipped"),
    [
        ({"created_at": LAST_VISIT - dt.timedelta(minutes=1), "status": "sent"}, False),
        ({"created_at": LAST_VISIT, "status": "sent"}, True),
        ({"created_at": NOW, "status": "queued"}, True),
        ({"created_at": NOW, "status": "unknown"}, True),
        ({"created_at": NOW, "status": "failed"}, False),
        ({"created_at": NOW, "status": "skipped"}, False),
        ({"created_at": NOW, "status": "sent", "origin": "another-workflow"}, False),
    ],
)
def test_what_a_person_sent_during_the_same_absence_is_not_sent_again(
    sent: dict[str, Any], is_skipped: bool, workflow: Workflow
) -> None:
    template = MessageTemplateFactory(club=workflow.club)
    told, other = batch(workflow, 2)
    MessageFactory(**{"member": told.member, "template": template, "origin": ORIGIN, **sent})
    outcomes = SEND.run([told, other], {"template": template.slug}, NOW)
    assert (outcomes[told.pk].outcome, outcomes[told.pk].reason) == (
        ("skipped", "sent_by_hand") if is_skipped else ("done", "")
    )
    assert outcomes[other.pk].message.member == other.member
    assert Message.objects.filter(origin=workflow.slug, member=told.member).exists() is not is_skipped


def test_other_words_sent_by_hand_keep_nothing_back(workflow: Workflow) -> None:
    template = MessageTemplateFactory(club=workflow.club)
    (enrollment,) = batch(workflow, 1)
    MessageFactory(member=enrollment.member, origin=ORIGIN, status="sent")
    assert SEND.run([enrollment], {"template": template.slug}, NOW)[enrollment.pk].outcome == "done"


def test_the_days_away_are_open_days(workflow: Workflow) -> None:
    template = MessageTemplateFactory(club=workflow.club)
    ClosureFactory(club=workflow.club, starts_on=dt.date(2025, 8, 30), reopens_on=dt.date(2025, 9, 1))
    SEND.run(batch(workflow, 1), {"template": template.slug}, NOW)
    assert Message.objects.get().context == {"days_away": "8"}


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "Message template: This field is required."),
        ({"template": "of-another-club"}, "Message template: Select a valid choice."),
        ({"template": "ours", "booking_link": "javascript:alert(1)"}, "Booking link: Enter a valid URL."),
    ],
)
def test_what_does_not_fit_is_refused(params: dict[str, Any], said: str, workflow: Workflow) -> None:
    MessageTemplateFactory(club=workflow.club, slug="ours")
    MessageTemplateFactory(slug="of-another-club")
    with pytest.raises(ValidationError) as refused:
        SEND.clean(params, workflow.club)
    assert refused.value.messages[0].startswith(said)


def test_it_asks_the_database_as_often_for_many_as_for_three(
    workflow: Workflow, django_assert_num_queries: Any
) -> None:
    template = MessageTemplateFactory(club=workflow.club)
    for number in (3, 20):
        enrolled = list(
            Enrollment.objects.filter(pk__in=[each.pk for each in batch(workflow, number)]).select_related(
                "workflow__club", "member__club"
            )
        )
        # The template, who shares an address, the closures, what was sent by hand, the steps that offer, the messages, what was said of them.
        with django_assert_num_queries(7):
            SEND.run(enrolled, {"template": template.slug}, NOW)
