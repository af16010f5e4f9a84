"""What each channel asks of a template, and what it makes of its words."""

import pytest
from django.core.exceptions import ValidationError

from messaging.gates import blocked
from messaging.models import Channel, ConsentRecord
from messaging.operations.wording import SOURCES, envelope_of
from tests.factories import NOW, ConsentRecordFactory, MemberFactory, MessageFactory, MessageTemplateFactory

pytestmark = pytest.mark.django_db


def refused(**fields):
    template = MessageTemplateFactory(**fields)
    try:
        template.full_clean()
    except ValidationError as errors:
        return set(errors.message_dict)
    return set()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"channel": "in_app", "title": "Hello"}, set()),
        ({"channel": "in_app"}, {"title"}),
        ({"channel": "whatsapp", "whatsapp_template": "we_missed_you"}, set()),
        ({"channel": "whatsapp"}, {"whatsapp_template"}),
        ({"channel": "whatsapp", "slug": "help-answer-whatsapp"}, set()),
        ({"channel": "whatsapp", "whatsapp_template": "We Missed You"}, {"whatsapp_template"}),
        (
            {"channel": "whatsapp", "whatsapp_template": "x", "whatsapp_language": "english"},
            {"whatsapp_language"},
        ),
        (
            {
                "channel": "whatsapp",
                "whatsapp_template": "x",
                "text_body": "{% if first_name %}Hey{% endif %} you",
            },
            {"text_body"},
        ),
    ],
)
def test_each_channel_asks_for_what_it_needs(fields, wrong):
    assert refused(**fields) == wrong


def test_every_channel_knows_the_fields_it_has_a_use_for():
    assert set(SOURCES) == set(Channel)


def test_the_blanks_of_a_whatsapp_message_are_its_placeholders_in_their_order():
    template = MessageTemplateFactory(
        channel="whatsapp",
        whatsapp_template="we_missed_you",
        whatsapp_language="de",
        text_body="Hey {{ first_name }}, book at {{booking_link}}, {{ last_name|default('friend') }}!",
    )
    member = MemberFactory(club=template.club, first_name="Ana", last_name="")
    envelope = envelope_of(MessageFactory(member=member, channel="whatsapp", template=template))
    assert envelope.text == "Hey Ana, book at https://book.example/, friend!"
    assert envelope.blanks == ("Ana", "https://book.example/", "friend")
    assert (envelope.approved, envelope.language, envelope.address) == ("we_missed_you", "de", member.phone)


@pytest.mark.parametrize(
    ("channel", "word", "reason"),
    [
        ("whatsapp", None, "opted_out"),
        ("whatsapp", False, "opted_out"),
        ("whatsapp", True, None),
        ("in_app", None, None),
        ("in_app", False, "opted_out"),
        ("in_app", True, None),
    ],
)
def test_whatsapp_wants_a_yes_first_and_the_others_take_silence_for_one(channel, word, reason):
    member = MemberFactory()
    if word is not None:
        ConsentRecordFactory(member=member, channel=channel, is_granted=word)
    assert blocked(channel, "marketing", {member.pk}).get(member.pk) == reason
    assert ConsentRecord.objects.count() == (word is not None)


def test_whatsapp_needs_a_phone_and_in_app_needs_nothing():
    member = MemberFactory(phone="", email="")
    ConsentRecordFactory(member=member, channel="whatsapp", is_granted=True, recorded_at=NOW)
    assert blocked("whatsapp", "marketing", {member.pk}) == {member.pk: "no_address"}
    assert blocked("in_app", "marketing", {member.pk}) == {}
