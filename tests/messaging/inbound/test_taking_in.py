"""From what AWS sends to what the log says: once, in any order, nothing lost, and nothing believed that is not ours."""

import datetime as dt
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from messaging.inbound.taking_in import take_in
from messaging.models import Message, Notice, Suppression
from tests.factories import NOW, MessageFactory
from tests.messaging.inbound.payloads import SES, SES_ID, notification

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
CHANGED = (
    "status",
    "fate",
    "fate_reason",
    "delivered_at",
    "opened_at",
    "clicked_at",
    "provider_id",
    "sent_at",
    "cost",
    "parts",
    "carrier",
)


def told_of(message: Message) -> tuple[Any, ...]:
    """What it came to: the row, its events, and which addresses are shut out."""
    row = Message.objects.values_list(*CHANGED).get(pk=message.pk)
    events = sorted(message.events.values_list("kind", "happened_at", "detail", "key"))
    return row, events, sorted(Suppression.objects.values_list("channel", "address"))


@pytest.mark.parametrize(
    ("name", "fate", "reason", "kind"),
    [
        ("ses_send", "", "", "accepted"),
        ("ses_delivery", "delivered", "", "delivered"),
        ("ses_bounce_permanent", "bounced", "general", "bounced"),
        ("ses_bounce_suppressed", "bounced", "on_account_suppression_list", "bounced"),
        ("ses_bounce_transient", "returned", "mailbox_full", "returned"),
        ("ses_bounce_undetermined", "returned", "undetermined", "returned"),
        ("ses_complaint", "complained", "abuse", "complained"),
        ("ses_complaint_not_spam", "", "", "accepted"),
        ("ses_reject", "refused", "bad_content", "refused"),
        ("ses_rendering_failure", "refused", "rendering_failure", "refused"),
        ("ses_open", "opened", "", "opened"),
        ("ses_click", "clicked", "", "clicked"),
        ("ses_delivery_delay", "delayed", "transient_communication_failure", "delayed"),
        ("ses_identity_bounce", "bounced", "general", "bounced"),
    ],
)
def test_each_event_of_ses_is_written_down(mail, name, fate, reason, kind):
    assert take_in([notification(name, mail)], now=NOW) == {"events": 1}
    mail.refresh_from_db()
    assert (mail.fate, mail.fate_reason, mail.status) == (fate, reason, "sent")
    assert [event.kind for event in mail.events.all()] == [kind]
    assert not Notice.objects.exists()


def test_the_table_above_has_every_file_of_ses():
    marks = test_each_event_of_ses_is_written_down.pytestmark
    assert sorted(row[0] for mark in marks if mark.name == "parametrize" for row in mark.args[1]) == SES


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("ses_bounce_permanent", "bounced"),
        ("ses_identity_bounce", "bounced"),
        ("ses_complaint", "complained"),
        ("ses_bounce_transient", None),
        ("ses_bounce_undetermined", None),
        ("ses_delivery_delay", None),
        ("ses_complaint_not_spam", None),
        ("ses_reject", None),
    ],
)
def test_only_what_is_for_good_shuts_an_address_out(mail, name, cause):
    take_in([notification(name, mail)], now=NOW)
    found = Suppression.objects.values_list("club", "channel", "address", "cause")
    assert list(found) == ([(mail.club_id, "email", "aisha@mail.example", cause)] if cause else [])


def test_old_news_does_not_shut_out_again_what_staff_took_off_the_list(mail):
    bounce = notification("ses_bounce_permanent", mail)
    take_in([bounce], now=NOW)
    Suppression.objects.all().delete()
    take_in([bounce], now=NOW + HOUR)
    assert not Suppression.objects.exists()


def test_a_link_is_kept_without_what_could_be_a_key(mail):
    take_in([notification("ses_click", mail)], now=NOW)
    assert mail.events.get().detail == "https://book.iron-gym.example/classes"


@pytest.mark.parametrize("status", ["unknown", "sending", "failed", "queued", "skipped"])
def test_an_event_with_our_tag_settles_what_nobody_knew(status):
    message = MessageFactory(
        channel="email", address="Aisha@mail.example", status=status, error="?", claimed_at=NOW
    )
    take_in([notification("ses_delivery", message, address="aisha@MAIL.example")], now=NOW + HOUR)
    message.refresh_from_db()
    assert (message.status, message.provider_id, message.claim, message.error) == ("sent", SES_ID, None, "")
    assert message.sent_at == dt.datetime(2025, 9, 1, 10, 0, 0, 512_000, dt.UTC)
    assert sorted(event.kind for event in message.events.all()) == ["delivered", "settled"]


def test_a_tag_with_another_address_is_not_believed():
    message = MessageFactory(channel="email", address="aisha@mail.example", status="unknown")
    assert take_in([notification("ses_bounce_permanent", message, address="luis@mail.example")], now=NOW) == {
        "put aside": 1
    }
    message.refresh_from_db()
    assert message.status == "unknown"
    assert not Suppression.objects.exists()


def test_a_tag_of_a_message_that_has_another_number_is_not_believed(mail):
    take_in([notification("ses_bounce_permanent", mail, provider_id="another")], now=NOW)
    assert not mail.events.exists()
    assert Notice.objects.get().problem == Notice.Problem.UNMATCHED


def test_the_number_of_a_text_is_not_that_of_a_mail(mail):
    Message.objects.filter(pk=mail.pk).update(channel="sms")
    take_in([notification("ses_bounce_permanent", mail)], now=NOW)
    assert not mail.events.exists()


@pytest.mark.parametrize(
    ("name", "fate"),
    [
        ("whatsapp_sent", ""),
        ("whatsapp_delivered", "delivered"),
        ("whatsapp_read", "opened"),
        ("whatsapp_failed", "refused"),
    ],
)
@pytest.mark.parametrize("number", ["6d69f07a-c317-4278-9d5c-6a84078419ec", "another that AWS gives"])
def test_each_status_of_whatsapp_is_written_down(name, fate, number):
    message = MessageFactory(
        channel="whatsapp",
        address="+41791234567",
        status="sent",
        provider_id="6d69f07a-c317-4278-9d5c-6a84078419ec",
    )
    assert take_in([notification(name, message, provider_id=number)], now=NOW) == {"events": 1}
    message.refresh_from_db()
    assert (message.fate, message.events.get().happened_at) == (
        fate,
        dt.datetime(2025, 9, 1, 10, 0, 2, tzinfo=dt.UTC),
    )
    assert message.fate_reason == ("whatsapp_131026" if fate == "refused" else "")


ABOUT_ONE = [name for name in SES if name != "ses_identity_bounce"]


@pytest.mark.usefixtures("db")
@given(st.lists(st.sampled_from(ABOUT_ONE), max_size=6), st.randoms(), st.integers(1, 4))
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_order_any_batches_and_any_repetition_come_to_the_same(names, shuffling: random.Random, size):
    ends = []
    for order in (names, [*names, *names[:3]]):
        Suppression.objects.all().delete()
        message = MessageFactory(channel="email", address="aisha@mail.example", status="unknown")
        bodies = [notification(name, message) for name in order]
        if order is not names:
            shuffling.shuffle(bodies)
        for first in range(0, len(bodies), size):
            take_in(bodies[first : first + size], now=NOW)
        ends.append(told_of(message))
        Message.objects.update(provider_id="")
    assert ends[0] == ends[1]


def test_the_same_notification_twice_changes_nothing(mail):
    bodies = [notification("ses_open", mail), notification("ses_complaint", mail)]
    take_in(bodies, now=NOW)
    before = told_of(mail)
    take_in([*bodies, *bodies], now=NOW + HOUR)
    assert told_of(mail) == before


def test_a_batch_costs_the_same_number_of_queries_as_one(mail, django_assert_max_num_queries):
    more = [
        MessageFactory(channel="email", address="a@mail.example", status="unknown", provider_id="")
        for _ in range(9)
    ]
    with django_assert_max_num_queries(14):
        take_in([notification("ses_bounce_permanent", mail)], now=NOW)
    with django_assert_max_num_queries(15):
        counts = take_in(
            [notification("ses_complaint", one, provider_id=f"id{one.pk}") for one in more], now=NOW
        )
    assert counts == {"events": 9}
