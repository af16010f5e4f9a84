"""Which workflows are stopped because of what their messages came to, and how often that asks the database."""

import datetime as dt
from typing import Any

import pytest

from automations.jobs import check_health
from automations.models import Alert, Workflow
from automations.reports.troubles import too_bad
from automations.rules.brakes import Outcomes
from messaging.models import Message
from tests.factories import NOW, MemberFactory, MessageFactory, SuppressionFactory, WorkflowFactory

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def workflow() -> Workflow:
    workflow: Workflow = WorkflowFactory()
    return workflow


def messages(workflow: Workflow, number: int, status: str = "sent", **more: Any) -> list[Message]:
    """So many to one member, an hour ago unless said otherwise."""
    member = MemberFactory(club=workflow.club)
    facts = {"origin": workflow.slug, "status": status, "created_at": NOW - HOUR, "address": member.phone}
    if status == "sent":
        facts["sent_at"] = NOW - HOUR
    template = MessageFactory(member=member, status="skipped").template
    return [MessageFactory(member=member, template=template, **facts | more) for _ in range(number)]


def shut_out(message: Message, cause: str, at: dt.datetime = NOW) -> None:
    SuppressionFactory(club=message.club, address=message.address, cause=cause, suppressed_at=at)


@pytest.mark.parametrize(("failed", "status"), [(6, "failed"), (6, "unknown")])
def test_too_many_that_failed_or_had_no_answer_are_too_bad(
    workflow: Workflow, failed: int, status: str
) -> None:
    messages(workflow, 14)
    messages(workflow, failed, status)
    assert too_bad(NOW) == {workflow.pk: Outcomes(20, failed, 0)}


def test_five_of_twenty_are_not_nor_are_few_at_all(workflow: Workflow) -> None:
    messages(workflow, 15)
    messages(workflow, 5, "failed")
    few = WorkflowFactory(club=workflow.club, slug="few")
    messages(few, 19, "failed")
    assert too_bad(NOW) == {}


@pytest.mark.parametrize(("cause", "found"), [("bounced", (20, 6, 0)), ("complained", (20, 0, 6))])
def test_an_address_shut_out_after_the_message_counts_for_what_it_was_shut_out_for(
    workflow: Workflow, cause: str, found: tuple[int, int, int]
) -> None:
    messages(workflow, 14)
    shut_out(messages(workflow, 6)[0], cause)
    assert too_bad(NOW) == {workflow.pk: Outcomes(*found)}


def test_one_shut_out_before_the_message_left_or_by_hand_says_nothing(workflow: Workflow) -> None:
    shut_out(messages(workflow, 20)[0], "bounced", at=NOW - 2 * HOUR)
    shut_out(messages(workflow, 20)[0], "by_hand")
    assert too_bad(NOW) == {}


def test_only_the_last_hundred_count_and_only_since_it_was_let_go_on(workflow: Workflow) -> None:
    messages(workflow, 40, "failed", created_at=NOW - 2 * DAY)
    messages(workflow, 30)
    assert set(too_bad(NOW)) == {workflow.pk}
    workflow.resumed_at = NOW - DAY
    workflow.save()
    assert too_bad(NOW) == {}
    workflow.resumed_at = None
    workflow.save()
    messages(workflow, 70)
    assert too_bad(NOW) == {}


def test_one_workflow_does_not_suffer_for_another_nor_for_that_of_another_club(workflow: Workflow) -> None:
    other = WorkflowFactory(club=workflow.club, slug="other")
    elsewhere = WorkflowFactory(slug=workflow.slug)
    for one in (other, elsewhere):
        messages(one, 20)
    messages(workflow, 20, "failed")
    assert set(too_bad(NOW)) == {workflow.pk}


def test_where_nothing_went_wrong_two_queries_are_all(
    workflow: Workflow, django_assert_num_queries: Any
) -> None:
    messages(workflow, 30)
    with django_assert_num_queries(2):
        assert too_bad(NOW) == {}


def test_the_health_check_pauses_it_once_and_tells(workflow: Workflow, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    messages(workflow, 20, "failed", attempts=1)
    assert check_health()["workflows paused"] == 1
    assert "workflows paused" not in check_health()
    workflow.refresh_from_db()
    assert (workflow.paused_at, workflow.is_enabled) == (NOW, True)
    alert = Alert.objects.get(kind="paused")
    assert (alert.subject, alert.club_id, alert.numbers["failed"]) == ("missed-class", workflow.club_id, 20)
