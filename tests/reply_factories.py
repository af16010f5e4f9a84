"""Test data: what members wrote back, and the pauses that came of it."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from members.models import Pause
from messaging.models import Channel, InboundMessage
from tests.factories import NOW, MemberFactory


class InboundMessageFactory(DjangoModelFactory):
    """An answer for a person, as of NOW."""

    class Meta:
        model = InboundMessage

    class Params:
        done = factory.Trait(handled_at=NOW)

    member = factory.SubFactory(MemberFactory)
    club = factory.LazyAttribute(lambda inbound: inbound.member.club)
    channel = Channel.SMS
    from_address = factory.LazyAttribute(lambda inbound: inbound.member.phone)
    body = "See you tomorrow!"
    provider_id = factory.Sequence(lambda n: f"in-{n:05}")
    received_at = NOW
    taken_as = InboundMessage.TakenAs.REPLY


class PauseFactory(DjangoModelFactory):
    """Away since the day before NOW, for two weeks."""

    class Meta:
        model = Pause

    member = factory.SubFactory(MemberFactory)
    starts_at = NOW - dt.timedelta(days=1)
    until = NOW + dt.timedelta(days=14)
    source = "text message"
