"""What is on its way while somebody says Oops: nothing comes back, and whoever is reached later is told too, once."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection
from django.db.models import Count

from automations.models import CorrectionRecipient
from automations.operations.oops import (
    LOOKED_AFTER,
    Extent,
    carry_on_corrections,
    carry_out,
    draft_correction,
    stop_the_rest,
)
from messaging.channels.envelopes import Again, Sent, Unknown
from messaging.models import Channel, Message
from messaging.operations.claims import claim
from messaging.operations.delivery import deliver, prepare
from messaging.operations.events import Heard, record_events
from messaging.operations.settling import settle_unknown
from messaging.rules.fates import Told
from tests.automations.operations.test_oops import message_of
from tests.factories import NOW, MessageTemplateFactory, StepFactory, UserFactory, WorkflowRunFactory
from tests.on_the_way import mark_as_sending, record

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def ana():
    return UserFactory(first_name="Ana", last_name="Ruiz")


@pytest.fixture
def run():
    return WorkflowRunFactory(workflow=StepFactory(delay=1).workflow)


def draft(run, by, now=NOW, template=None):
    correction, _is_new = draft_correction(
        Extent(run.workflow, run),
        template=template,
        words={} if template else {"text_body": "Sorry"},
        token=uuid.uuid4(),
        by=by,
        now=now,
    )
    return correction


def in_the_midst_of_sending(run):
    """Marked as being sent, its worker still at it."""
    message_of(run, "queued")
    ((message, _envelope),) = mark_as_sending(prepare(claim(NOW), NOW).ready)
    return message


def told(correction):
    return list(CorrectionRecipient.objects.filter(correction=correction).values_list("member", flat=True))


def begun(works, trouble):
    """A thread for each; what goes wrong there is added to the trouble."""

    def alone(work):
        try:
            work()
        except Exception as error:
            trouble.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=alone, args=[work], daemon=True) for work in works]
    for thread in threads:
        thread.start()
    return threads


def ended(threads):
    for thread in threads:
        thread.join(60)


@pytest.mark.parametrize("answer", [Sent("1"), Unknown("no answer")])
def test_who_is_reached_while_the_correction_is_carried_out_is_told_as_soon_as_it_is_known(run, ana, answer):
    message = in_the_midst_of_sending(run)
    correction = draft(run, ana)
    assert carry_out(correction.pk, now=NOW) == 0
    record([(message, answer)], NOW + HOUR)
    assert carry_on_corrections(now=NOW + HOUR) == 1
    assert carry_on_corrections(now=NOW + 2 * HOUR) == 0
    assert told(correction) == [message.member_id]


def test_who_may_have_got_it_is_told_at_once_and_not_again_when_it_is_settled(run, ana):
    message = message_of(run, "unknown")
    correction = draft(run, ana)
    assert carry_out(correction.pk, now=NOW) == 1
    settle_unknown(message_id=message.pk, arrived=True, by="Ana", now=NOW + HOUR)
    assert carry_on_corrections(now=NOW + HOUR) == 0
    assert Message.objects.filter(origin="correction").count() == 1


def test_who_was_written_off_is_told_when_the_provider_says_that_it_left(run, ana):
    message = message_of(run, "failed", provider_id="p", ended_at=NOW)
    correction = draft(run, ana)
    assert carry_out(correction.pk, now=NOW) == 0
    later = NOW + dt.timedelta(days=3)
    delivered = Heard(
        channel=message.channel, told=Told(kind="delivered", happened_at=later), provider_id="p"
    )
    record_events([delivered], now=later)
    assert carry_on_corrections(now=later) == 1


@pytest.mark.parametrize("waits_as", ["queued", "claimed"])
def test_what_waited_and_left_after_all_is_corrected(run, ana, waits_as):
    message = message_of(run, "queued")
    if waits_as == "claimed":
        claim(NOW)
    correction = draft(run, ana)
    carry_out(correction.pk, now=NOW)
    Message.objects.filter(pk=message.pk).update(status="sent", sent_at=NOW + HOUR, ended_at=NOW + HOUR)
    assert carry_on_corrections(now=NOW + HOUR) == 1


def test_what_was_asked_for_after_the_correction_is_not_what_it_is_about(run, ana):
    correction = draft(run, ana)
    message_of(run, "sent", created_at=NOW + HOUR, ended_at=NOW + HOUR)
    assert carry_out(correction.pk, now=NOW + HOUR) == 0


def test_what_was_committed_a_little_later_than_it_ended_is_seen(run, ana):
    message = message_of(run, "sending")
    correction = draft(run, ana)
    carry_out(correction.pk, now=NOW + dt.timedelta(minutes=5))
    Message.objects.filter(pk=message.pk).update(status="sent", ended_at=NOW)
    assert carry_on_corrections(now=NOW + dt.timedelta(minutes=6)) == 1


def test_nobody_is_looked_for_for_ever(run, ana):
    correction = draft(run, ana)
    carry_out(correction.pk, now=NOW + LOOKED_AFTER)
    correction.refresh_from_db()
    assert correction.finished_at is None
    carry_on_corrections(now=NOW + LOOKED_AFTER + HOUR)
    correction.refresh_from_db()
    assert correction.finished_at == NOW + LOOKED_AFTER + HOUR


def test_who_cannot_be_told_in_these_words_stops_nobody_else(run, ana, monkeypatch):
    monkeypatch.setattr("automations.operations.oops.CHUNK", 1)
    approved = MessageTemplateFactory(
        club=run.workflow.club, channel=Channel.WHATSAPP, whatsapp_template="hello"
    )
    message_of(run, "sent", template=approved)
    by_text = message_of(run, "sent")
    correction = draft(run, ana)
    assert carry_out(correction.pk, now=NOW) == 1
    assert told(correction) == [by_text.member_id]


def test_what_the_provider_turns_away_after_the_stop_does_not_leave_again(run, ana, provider):
    message = in_the_midst_of_sending(run)
    stop_the_rest(Extent(run.workflow, run), by=ana, now=NOW)
    record([(message, Again("slow down"))], NOW)
    assert deliver(clock=lambda: NOW + HOUR) == {"skipped": 1}
    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", "too_late")
    assert [event.detail for event in message.events.filter(kind="settled")] == [
        "Ana Ruiz: not again, should it come back."
    ]
    assert provider.asked == []


def test_what_was_being_sent_when_it_was_stopped_and_did_leave_is_sent(run, ana):
    message = in_the_midst_of_sending(run)
    stop_the_rest(Extent(run.workflow, run), by=ana, now=NOW)
    record([(message, Sent("1"))], NOW)
    message.refresh_from_db()
    assert message.status == "sent"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_workers_that_send_two_that_correct_and_one_that_stops(run, ana, provider, settings):
    """In the end nothing waits, and exactly those who got it are told, each once."""
    settings.SENDING_THREADS = 8
    template = MessageTemplateFactory(club=run.workflow.club)
    for _ in range(120):
        message_of(run, "queued", template=template)
    extent = Extent(run.workflow, run)
    correction = draft(run, ana)
    of_the_run = extent.messages()
    is_over = threading.Event()

    def send():
        deliver(clock=lambda: NOW)

    def correct():
        while not is_over.wait(0.001):
            carry_out(correction.pk, now=NOW)

    def stop():
        while of_the_run.filter(status="sent").count() < 20:
            pass
        stop_the_rest(extent, by=ana, now=NOW)

    trouble = []
    senders, correctors = begun([send, send, stop], trouble), begun([correct, correct], trouble)
    ended(senders)
    is_over.set()
    ended(correctors)
    carry_on_corrections(now=NOW)
    assert trouble == []
    became = dict(of_the_run.order_by().values_list("status").annotate(n=Count("pk")))
    assert set(became) <= {"sent", "skipped"}
    reached = set(of_the_run.filter(status="sent").values_list("member", flat=True))
    assert set(told(correction)) == reached
    assert len(told(correction)) == len(reached) >= 20
    assert Message.objects.filter(origin="correction").count() == len(reached)
