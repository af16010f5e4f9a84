"""Why somebody is or is not followed up, in a sentence."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from automations.models import Reason
from automations.rules.reasons import MESSAGE_REASONS, message_reason, reason_text
from automations.triggers import TRIGGERS
from members.rules.days import AwayClock
from tests.factories import NOW

PARAMS = {"min_days": 7, "max_days": 35, "hand_over": True}
OF_OTHER_TRIGGERS = (
    Reason.OTHER_STATUS,
    Reason.TOO_LONG_AGO,
    Reason.TOO_NEW,
    Reason.ACTIVE_ENOUGH,
    Reason.LOW_RISK,
    Reason.NO_OCCASION,
)
REASONS = [reason.value for reason in Reason if reason not in OF_OTHER_TRIGGERS]


def text(
    reason: str,
    channel: str = "sms",
    followed_up_at: dt.datetime | None = None,
    zone: str = "UTC",
    cooldown_days: int = 7,
) -> str:
    return reason_text(
        reason,
        trigger=TRIGGERS["missed_class"],
        params=PARAMS,
        clock=AwayClock(NOW.date(), ZoneInfo(zone)),
        fact_at=NOW - dt.timedelta(days=10),
        channel=channel,
        cooldown_days=cooldown_days,
        followed_up_at=followed_up_at,
    )


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_has_one_sentence_of_its_own(reason: str, channel: str) -> None:
    said = text(reason, channel)
    assert said.endswith(".")
    assert "%" not in said
    assert [other for other in REASONS if text(other, channel) == said] == [reason]


@pytest.mark.parametrize(
    ("reason", "channel", "said"),
    [
        ("no_address", "sms", "No phone number."),
        ("no_address", "email", "No e-mail address."),
        ("opted_out", "sms", "Opted out of texts."),
        ("opted_out", "email", "Opted out of e-mails."),
        ("suppressed", "sms", "The address is on the suppression list."),
        ("due", "sms", "Last came on 22 August 2025, 10 days away."),
    ],
)
def test_the_words_of_the_gates_and_of_the_trigger(reason: str, channel: str, said: str) -> None:
    assert text(reason, channel) == said


@pytest.mark.parametrize(
    ("followed_up_at", "zone", "day"),
    [
        (NOW, "UTC", "1 September 2025"),
        (NOW.replace(hour=13), "Pacific/Auckland", "2 September 2025"),
        (NOW.replace(hour=9), "Pacific/Honolulu", "31 August 2025"),
        (None, "UTC", "an earlier day"),
    ],
)
def test_a_cooldown_names_the_day_in_the_clubs_zone(
    followed_up_at: dt.datetime | None, zone: str, day: str
) -> None:
    said = text("cooldown", followed_up_at=followed_up_at, zone=zone)
    assert said == f"Followed up on {day}: once per absence, and at most once in 7 days."


def test_no_cooldown_is_no_limit_of_days() -> None:
    said = text("cooldown", followed_up_at=NOW, cooldown_days=0)
    assert said == "Followed up on 1 September 2025: once per absence."


@pytest.mark.parametrize("code", [*MESSAGE_REASONS, *Reason.values])
def test_each_reason_of_a_message_is_said_in_words(code: str) -> None:
    assert message_reason(code)
    assert message_reason(code) != code


def test_a_reason_that_is_gone_from_the_code_is_shown_as_it_is() -> None:
    assert message_reason("fuse_blown") == "fuse_blown"
