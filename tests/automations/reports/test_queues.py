"""What is due and waits, and for how long; what is held back on purpose does not wait."""

import datetime as dt

import pytest

from automations.reports import queues as module
from automations.reports.queues import queues
from messaging.models import SendingSwitch
from tests.factories import (
    NOW,
    ClubFactory,
    EnrollmentFactory,
    MemberFactory,
    MessageFactory,
    WorkflowFactory,
)

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def found():
    return {queue.name: (queue.depth, queue.lag) for queue in queues(NOW)}


def test_nothing_waits_for_no_time():
    assert found() == {"messages": (0, dt.timedelta()), "enrollments": (0, dt.timedelta())}


def test_the_oldest_that_is_due_tells_the_lag():
    for minutes in (3, 40, -5):
        MessageFactory(due_at=NOW - minutes * MINUTE)
    MessageFactory(due_at=NOW - 90 * MINUTE, status="sent")
    EnrollmentFactory(enrolled_at=NOW - 7 * MINUTE)
    EnrollmentFactory(enrolled_at=NOW - 90 * MINUTE, status="done")
    assert found() == {"messages": (2, 40 * MINUTE), "enrollments": (1, 7 * MINUTE)}


def test_what_is_held_back_on_purpose_does_not_wait():
    MessageFactory(member=MemberFactory(club=ClubFactory(sending_paused=True)))
    EnrollmentFactory(workflow=WorkflowFactory(is_enabled=False))
    EnrollmentFactory(workflow=WorkflowFactory(paused_at=NOW))
    assert [depth for depth, _lag in found().values()] == [0, 0]


def test_while_sending_is_paused_for_all_clubs_no_message_waits():
    MessageFactory(due_at=NOW - 90 * MINUTE)
    assert found()["messages"] == (1, 90 * MINUTE)
    SendingSwitch.objects.create(is_paused=True)
    assert found()["messages"] == (0, dt.timedelta())


def test_it_counts_up_to_a_bound_in_one_statement_each(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(module, "COUNTED", 2)
    for _ in range(3):
        MessageFactory()
    with django_assert_num_queries(2):
        assert found()["messages"][0] == 2
