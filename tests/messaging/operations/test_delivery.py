"""The one door: each gate once more, the words, the attempt, and what is kept of it."""

import datetime as dt
from typing import Any

import pytest
from django.db.models import Q

from members.models import Club
from messaging.channels.envelopes import Again, Refused, Unknown
from messaging.models import Message, MessageTemplate, Suppression
from messaging.operations.delivery import deliver
from messaging.operations.outcomes import MOST_ATTEMPTS
from tests.factories import (
    NOW,
    ClubFactory,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    SuppressionFactory,
)
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
NIGHT = NOW.replace(hour=22)


def deliver_at(now: dt.datetime, **more: Any) -> dict[str, int]:
    return deliver(clock=lambda: now, **more)


def test_a_message_that_is_due_is_sent_and_kept_as_it_was_said(provider: ScriptedTransport) -> None:
    message = MessageFactory(address="an earlier address")
    assert deliver_at(NOW) == {"sent": 1}
    (envelope,) = provider.asked
    message.refresh_from_db()
    assert (message.status, message.sent_at, message.ended_at, message.attempts) == ("sent", NOW, NOW, 1)
    assert message.provider_id == f"provider-{message.pk}"
    assert (envelope.message_id, envelope.text) == (message.pk, message.text_body)
    assert message.address == envelope.address == message.member.phone
    assert message.text_body.startswith("Hey John, we missed you last week!")


def test_nothing_is_sent_before_it_is_due_nor_twice(provider: ScriptedTransport) -> None:
    MessageFactory(due_at=NOW + dt.timedelta(microseconds=1))
    assert deliver_at(NOW) == {}
    assert deliver_at(NOW + dt.timedelta(seconds=1)) == {"sent": 1}
    assert deliver_at(NOW + dt.timedelta(days=1)) == {}
    assert len(provider.asked) == 1


@pytest.mark.parametrize("status", ["claimed", "sending", "sent", "failed", "unknown", "skipped"])
def test_only_what_is_queued_is_sent(status: str, provider: ScriptedTransport) -> None:
    MessageFactory(status=status)
    assert deliver_at(NOW) == {}
    assert provider.asked == []


@pytest.mark.usefixtures("one_caller")
def test_the_oldest_leave_first(provider: ScriptedTransport) -> None:
    club = ClubFactory()
    late, early = (
        MessageFactory(member=MemberFactory(club=club), due_at=NOW - dt.timedelta(hours=h)) for h in (1, 2)
    )
    provider.always = Unknown("Lost")
    deliver_at(NOW)
    assert [envelope.message_id for envelope in provider.asked] == [early.pk, late.pk]


def test_only_the_messages_asked_for_are_sent(provider: ScriptedTransport) -> None:
    mine, other = MessageFactory(origin="mine"), MessageFactory(origin="other")
    assert deliver_at(NOW, only=Q(origin="mine")) == {"sent": 1}
    assert [envelope.message_id for envelope in provider.asked] == [mine.pk]
    other.refresh_from_db()
    assert other.status == "queued"


def test_the_words_and_the_address_are_those_of_the_moment_of_sending(provider: ScriptedTransport) -> None:
    message = MessageFactory()
    MessageTemplate.objects.update(text_body="Come back, {{ first_name }}!", version=2)
    message.member.first_name, message.member.phone = "Jack", "+41791234567"
    message.member.save()
    deliver_at(NOW)
    message.refresh_from_db()
    assert (message.text_body, message.address, message.template_version) == (
        "Come back, Jack!",
        "+41791234567",
        2,
    )
    assert provider.asked[0].address == "+41791234567"


@pytest.mark.parametrize(
    ("zone", "opens"),
    [
        ("", "2025-09-02T08:00Z"),
        ("Pacific/Auckland", None),
        ("Pacific/Honolulu", None),
        ("Asia/Kolkata", "2025-09-02T02:30Z"),
    ],
)
def test_quiet_hours_in_her_own_zone_hold_it_until_eight(
    zone: str, opens: str | None, provider: ScriptedTransport
) -> None:
    message = MessageFactory(member__time_zone=zone)
    if opens is None:
        assert deliver_at(NIGHT) == {"sent": 1}
        return
    assert deliver_at(NIGHT) == {"held": 1}
    message.refresh_from_db()
    eight = dt.datetime.fromisoformat(opens)
    assert (message.status, message.due_at, message.claim) == ("queued", eight, None)
    assert list(message.events.values_list("kind", "detail")) == [("held", "quiet_hours")]
    assert deliver_at(eight - dt.timedelta(seconds=1)) == {}
    assert deliver_at(eight) == {"sent": 1}


def test_the_kill_switch_keeps_everything_in_and_letting_go_sends(provider: ScriptedTransport) -> None:
    message, other = MessageFactory(member__club__sending_paused=True), MessageFactory()
    assert deliver_at(NOW) == {"sent": 1}
    assert [envelope.message_id for envelope in provider.asked] == [other.pk]
    message.club.sending_paused = False
    message.club.save()
    assert deliver_at(NOW + dt.timedelta(minutes=10)) == {"sent": 1}


def opt_out(message: Message) -> None:
    ConsentRecordFactory(member=message.member)


def suppress(message: Message) -> None:
    SuppressionFactory(club=message.club, address=message.member.phone)


def lose_address(message: Message) -> None:
    message.member.phone = ""
    message.member.save()


@pytest.mark.parametrize(
    ("happen", "reason"), [(opt_out, "opted_out"), (suppress, "suppressed"), (lose_address, "no_address")]
)
def test_what_happened_meanwhile_is_seen_at_the_door(
    happen: Any, reason: str, provider: ScriptedTransport
) -> None:
    message = MessageFactory()
    happen(message)
    assert deliver_at(NOW) == {"skipped": 1}
    message.refresh_from_db()
    assert (message.status, message.reason, message.ended_at) == ("skipped", reason, NOW)
    assert list(message.events.values_list("kind", "detail")) == [("skipped", reason)]
    assert provider.asked == []


@pytest.mark.parametrize(("late", "became"), [(0, "sent"), (1, "skipped")])
def test_what_is_of_no_more_use_is_not_sent(late: int, became: str, provider: ScriptedTransport) -> None:
    message = MessageFactory(expires_at=NOW - dt.timedelta(microseconds=late))
    assert deliver_at(NOW) == {became: 1}
    message.refresh_from_db()
    assert (message.status, message.reason) == (became, "too_late" if late else "")


def test_what_is_held_too_long_ends_as_too_late(provider: ScriptedTransport) -> None:
    message = MessageFactory(expires_at=NOW + dt.timedelta(hours=1), member__club__sending_paused=True)
    assert deliver_at(NOW) == {}
    Club.objects.update(sending_paused=False)
    assert deliver_at(NOW + dt.timedelta(hours=2)) == {"skipped": 1}
    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", "too_late")


def test_the_quiet_hours_do_not_count_against_its_patience(provider: ScriptedTransport) -> None:
    MessageFactory(due_at=NIGHT, expires_at=NIGHT + dt.timedelta(hours=1))
    assert deliver_at(NIGHT) == {"held": 1}
    morning = NIGHT + dt.timedelta(days=1)
    assert deliver_at(morning.replace(hour=8, minute=30)) == {"sent": 1}


def test_an_empty_value_fails_that_message_alone_and_says_which(provider: ScriptedTransport) -> None:
    club = ClubFactory()
    template = MessageTemplateFactory(club=club, text_body="Dear {{ last_name }}")
    empty = MessageFactory(member=MemberFactory(club=club, last_name=""), template=template)
    MessageFactory(member=MemberFactory(club=club), template=template)
    assert deliver_at(NOW) == {"failed": 1, "sent": 1}
    empty.refresh_from_db()
    assert (empty.status, empty.attempts, empty.ended_at) == ("failed", 0, NOW)
    assert "“Last name”" in empty.error
    assert [envelope.text for envelope in provider.asked] == ["Dear Doe"]


def test_again_comes_again_with_a_back_off_until_it_failed(provider: ScriptedTransport) -> None:
    message = MessageFactory()
    provider.always = Again("Rate exceeded")
    now, said = NOW, []
    for _ in range(MOST_ATTEMPTS):
        said.append(deliver_at(now))
        message.refresh_from_db()
        if message.status == "queued":
            assert deliver_at(now) == {}
            assert message.due_at > now
            now = message.due_at
    assert said == [{"again": 1}] * 5 + [{"failed": 1}]
    assert (message.status, message.error, message.attempts) == ("failed", "Rate exceeded", 6)
    assert deliver_at(NOW + dt.timedelta(hours=5)) == {}
    assert len(provider.asked) == 6


def test_it_arrives_after_a_throttled_first_attempt(provider: ScriptedTransport) -> None:
    message = MessageFactory()
    provider.will_answer(Again("Rate exceeded"))
    deliver_at(NOW)
    assert deliver_at(NOW + dt.timedelta(minutes=1)) == {"sent": 1}
    message.refresh_from_db()
    assert (message.attempts, message.error) == (2, "")


def test_an_opted_out_number_keeps_the_next_message_in(provider: ScriptedTransport) -> None:
    first = MessageFactory()
    provider.will_answer(Refused("Opted out", Suppression.Cause.OPTED_OUT))
    assert deliver_at(NOW) == {"failed": 1}
    second = MessageFactory(member=first.member)
    assert deliver_at(NOW) == {"skipped": 1}
    second.refresh_from_db()
    assert second.reason == "suppressed"


def test_an_unknown_outcome_is_never_tried_again_by_itself(provider: ScriptedTransport) -> None:
    MessageFactory()
    provider.always = Unknown("Timed out")
    assert deliver_at(NOW) == {"unknown": 1}
    assert deliver_at(NOW + dt.timedelta(days=1)) == {}
    assert len(provider.asked) == 1


def test_both_channels_leave_in_one_go(provider: ScriptedTransport) -> None:
    sms = MessageFactory()
    template = MessageTemplateFactory(club=sms.club, as_email=True)
    MessageFactory(member=MemberFactory(club=sms.club), channel="email", template=template)
    assert deliver_at(NOW) == {"sent": 2}
    assert {(envelope.channel, "@" in envelope.address) for envelope in provider.asked} == {
        ("sms", False),
        ("email", True),
    }


def test_a_club_with_many_messages_gets_them_all_out(provider: ScriptedTransport) -> None:
    club = ClubFactory()
    template = MessageTemplateFactory(club=club)
    for _ in range(150):
        MessageFactory(member=MemberFactory(club=club), template=template)
    assert deliver_at(NOW) == {"sent": 150}
    assert len({envelope.message_id for envelope in provider.asked}) == 150


def test_without_time_nothing_is_taken_on(provider: ScriptedTransport) -> None:
    MessageFactory()
    assert deliver_at(NOW, seconds=1e-9) == {}
    assert Message.objects.get().status == "queued"
    assert deliver_at(NOW, seconds=30) == {"sent": 1}


def test_what_the_provider_was_asked_is_kept_when_somebody_stops_it(
    provider: ScriptedTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while a group is with the provider."""
    for _ in range(3):
        MessageFactory()
    monkeypatch.setattr("messaging.operations.delivery.slow_down", interrupt)
    with pytest.raises(KeyboardInterrupt):
        deliver_at(NOW)
    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}


def interrupt(*_: Any) -> None:
    raise KeyboardInterrupt
