"""Recording what the provider said."""

import datetime as dt
import uuid
from typing import Any

import pytest

from messaging.channels.envelopes import Again, Outcome, Refused, Sent, Unknown
from messaging.models import Message, MessageEvent, SendingPace, Suppression
from messaging.operations.outbox import sweep_messages
from messaging.operations.outcomes import MOST_ATTEMPTS, back_off, slow_down
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory, SuppressionFactory
from tests.on_the_way import record

pytestmark = pytest.mark.django_db
CLAIM = uuid.UUID(int=1)


def being_sent(**more: Any) -> Message:
    return MessageFactory(**{"status": "sending", "claim": CLAIM, "claimed_at": NOW, "attempts": 1} | more)


def after(message: Message, outcome: Outcome) -> Message:
    record([(message, outcome)], NOW)
    return Message.objects.get(pk=message.pk)


def test_sent_keeps_the_providers_id_and_clears_an_earlier_error() -> None:
    message = after(being_sent(error="Throttled"), Sent("x" * 200))
    assert (message.status, message.sent_at, message.ended_at, message.error) == ("sent", NOW, NOW, "")
    assert message.provider_id == "x" * 120


def test_again_goes_back_into_the_queue_with_a_back_off() -> None:
    message = after(being_sent(), Again("Slow down"))
    assert (message.status, message.claim, message.error, message.ended_at) == (
        "queued",
        None,
        "Slow down",
        None,
    )
    assert NOW + dt.timedelta(seconds=15) <= message.due_at <= NOW + dt.timedelta(seconds=30)
    assert list(message.events.values_list("kind", "detail")) == [("retry", "Slow down")]


def test_a_wait_that_the_provider_names_is_kept_to_the_second() -> None:
    assert after(being_sent(), Again("Quota", dt.timedelta(hours=5))).due_at == NOW + dt.timedelta(hours=5)


@pytest.mark.parametrize(("attempts", "status"), [(MOST_ATTEMPTS - 1, "queued"), (MOST_ATTEMPTS, "failed")])
def test_after_six_attempts_it_failed_with_the_providers_words(attempts: int, status: str) -> None:
    message = after(being_sent(attempts=attempts), Again("Slow down"))
    assert (message.status, message.error) == (status, "Slow down")
    assert message.attempts == attempts
    assert (message.ended_at == NOW) == (status == "failed")


def test_while_the_account_itself_must_wait_only_the_messages_patience_ends_it() -> None:
    wait = Again("Daily quota", dt.timedelta(hours=1))
    patient = being_sent(attempts=MOST_ATTEMPTS, expires_at=NOW + dt.timedelta(days=1))
    assert after(patient, wait).status == "queued"
    assert after(being_sent(attempts=MOST_ATTEMPTS), wait).status == "failed"


def test_again_slows_the_whole_account() -> None:
    SendingPace.objects.create(channel="sms", free_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    SendingPace.objects.create(channel="email", free_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    slow_down([(being_sent(), Again("Slow down"))])
    free = dict(SendingPace.objects.values_list("channel", "free_at"))
    assert free["sms"] > free["email"]


@pytest.mark.parametrize(
    ("attempts", "longest"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (40, 3600)]
)
def test_the_back_off_doubles_up_to_an_hour_and_spreads_out(attempts: int, longest: int) -> None:
    waits = {back_off(attempts).total_seconds() for _ in range(50)}
    assert longest / 2 <= min(waits) < max(waits) <= longest
    assert len(waits) > 25


def test_refused_failed_for_good() -> None:
    message = after(being_sent(), Refused("Not a number"))
    assert (message.status, message.error, message.ended_at) == ("failed", "Not a number", NOW)
    assert list(message.events.values_list("kind", "detail")) == [("failed", "Not a number")]
    assert not Suppression.objects.exists()


def test_an_opted_out_number_becomes_a_suppression_once() -> None:
    club = ClubFactory()
    for _ in range(2):
        member = MemberFactory(club=club)
        after(
            being_sent(member=member, address="+41791234567"),
            Refused("Opted out", Suppression.Cause.OPTED_OUT),
        )
    listed = Suppression.objects.get()
    assert (listed.club, listed.channel, listed.address) == (club, "sms", "+41791234567")
    assert (listed.cause, listed.detail, listed.suppressed_at) == ("opted_out", "Opted out", NOW)


def test_a_suppression_that_staff_entered_stays_as_it_was() -> None:
    message = being_sent(address="Eva@Mail.Example", channel="email")
    SuppressionFactory(club=message.club, channel="email", address="eva@mail.example", cause="by_hand")
    after(message, Refused("Bounced", Suppression.Cause.BOUNCED))
    assert Suppression.objects.get().cause == "by_hand"


def test_unknown_is_over_and_never_queued_again() -> None:
    message = after(being_sent(), Unknown("Timed out"))
    assert (message.status, message.error, message.ended_at) == ("unknown", "Timed out", NOW)
    assert message.claim == CLAIM
    assert list(message.events.values_list("kind", flat=True)) == ["unknown"]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Sent("p-1"), "sent"),
        (Again("Throttled"), "queued"),
        (Refused("No"), "failed"),
        (Unknown("Lost"), "unknown"),
    ],
)
def test_a_late_result_of_a_swept_message_is_the_better_knowledge(outcome: Outcome, status: str) -> None:
    message = being_sent(claimed_at=NOW - dt.timedelta(hours=1))
    sweep_messages(now=NOW)
    assert after(message, outcome).status == status


def test_a_result_never_touches_a_message_that_somebody_else_holds() -> None:
    for outcome in (Sent("p-1"), Again("Throttled"), Refused("No"), Unknown("Lost")):
        message = being_sent()
        Message.objects.filter(pk=message.pk).update(claim=uuid.UUID(int=2))
        assert after(message, outcome).status == "sending"


def test_it_counts_what_became_of_each() -> None:
    outcomes = [Sent("a"), Sent("b"), Again("c"), Refused("d"), Unknown("e")]
    assert record([(being_sent(), outcome) for outcome in outcomes], NOW) == {
        "sent": 2,
        "again": 1,
        "failed": 1,
        "unknown": 1,
    }
    assert MessageEvent.objects.count() == 3


def test_sixty_sent_cost_one_update(django_assert_num_queries: Any) -> None:
    club = ClubFactory()
    messages = [being_sent(member=MemberFactory(club=club)) for _ in range(60)]
    for batch in (messages[:3], messages[3:]):
        with django_assert_num_queries(1):
            record([(message, Sent("p")) for message in batch], NOW)
