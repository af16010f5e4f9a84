"""A bell rings once what it is about can be seen by others, and a bell that nobody hears loses nothing."""

import logging
import time
import uuid
from typing import Any

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from automations import jobs
from automations.bell import ring
from automations.models import Enrollment
from config import celery_app
from members.models import Booking, Visit
from members.operations.visits import record_visit
from members.signals import facts_changed
from messaging.models import Message
from messaging.operations.by_hand import send_by_hand
from tests.factories import NOW, MemberFactory, MessageTemplateFactory, StepFactory
from tests.scripted_transport import ScriptedTransport


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    heard: list[tuple[Any, ...]] = []
    monkeypatch.setattr(jobs.advance_enrollments, "delay", lambda *args: heard.append(args))
    return heard


@pytest.mark.django_db(transaction=True)
def test_it_rings_after_the_commit_and_not_before(rung: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        ring("advance_enrollments", 1, "two")
        assert rung == []
    assert rung == [(1, "two")]


@pytest.mark.django_db(transaction=True)
def test_it_does_not_ring_for_what_was_taken_back(rung: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        ring("advance_enrollments")
        transaction.set_rollback(True)
    ring("advance_enrollments")
    assert rung == [()]


@pytest.fixture
def broker_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_answer(*args: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(jobs.evaluate_members, "delay", no_answer)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_stops_nobody_at_the_desk(
    broker_is_down: None, caplog: pytest.LogCaptureFixture
) -> None:
    member = MemberFactory(days_away=10)
    with caplog.at_level(logging.WARNING, "automations.bell"):
        record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    member.refresh_from_db()
    assert member.last_attended_at == NOW
    assert caplog.messages == ["The broker did not answer; evaluate_members waits for the schedule."]


@pytest.mark.django_db(transaction=True)
def test_any_other_error_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*args: Any) -> None:
        raise TypeError

    monkeypatch.setattr(jobs.advance_enrollments, "delay", wrong)
    with pytest.raises(TypeError):
        ring("advance_enrollments")


@pytest.mark.django_db(transaction=True)
def test_a_visit_that_makes_somebody_due_is_followed_up_at_once(
    provider: ScriptedTransport, time_machine: Any
) -> None:
    time_machine.move_to(NOW, tick=False)
    member = MemberFactory(club=StepFactory().workflow.club, days_away=40)
    record_visit(member_id=member.pk, attended_at=NOW.replace(day=1, month=8), now=NOW)
    assert Enrollment.objects.get().occurrence == "absence:2025-08-01"
    assert Message.objects.get().status == "sent"
    assert len(provider.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_a_message_sent_by_hand_does_not_wait_for_the_schedule(
    provider: ScriptedTransport, time_machine: Any
) -> None:
    time_machine.move_to(NOW, tick=False)
    template = MessageTemplateFactory()
    member = MemberFactory(club=template.club)
    send_by_hand(member=member, template=template, token=uuid.uuid4(), asked_by_id=None, now=NOW)
    assert Message.objects.get().status == "sent"
    assert len(provider.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_with_a_broker_those_who_change_in_one_moment_are_told_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[tuple[list[int], list[str]]] = []
    monkeypatch.setitem(celery_app.conf, "task_always_eager", False)
    monkeypatch.setattr(jobs.evaluate_members, "delay", lambda *told: heard.append(told))
    for model, ids in ((Visit, [3, 1]), (Booking, [2]), (Visit, [1])):
        facts_changed.send(sender=model, member_ids=ids)
    assert heard == []
    until = time.monotonic() + 10
    while not heard and time.monotonic() < until:
        time.sleep(0.01)
    assert heard == [([1, 2, 3], ["members.Booking", "members.Visit"])]
