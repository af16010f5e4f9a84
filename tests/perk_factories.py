"""Test data of what members get besides messages: tags, offers, credits and documents; and of the staff's leave."""

import datetime as dt
from typing import Any

import factory
from factory.django import DjangoModelFactory

from members.models import CreditEntry, Document, ErasedMember, Leave, MemberEvent, MemberTag, Offer, Tag
from tests.factories import NOW, ClubFactory, MemberFactory, UserFactory


class TagFactory(DjangoModelFactory):
    """`members` bear it since NOW."""

    class Meta:
        model = Tag
        skip_postgeneration_save = True

    club = factory.SubFactory(ClubFactory)
    name = factory.Sequence(lambda n: f"tag {n}")

    @factory.post_generation
    def members(self, create: bool, members: Any, **_: Any) -> None:
        for member in members or []:
            MemberTag.objects.create(member=member, tag=self, tagged_at=NOW)


class OfferFactory(DjangoModelFactory):
    """Twenty percent off, good for a month after NOW."""

    class Meta:
        model = Offer

    member = factory.SubFactory(MemberFactory)
    club = factory.LazyAttribute(lambda offer: offer.member.club)
    code = factory.Sequence(lambda n: f"CODE-{n:04}")
    percent = 20
    made_at = NOW
    expires_on = dt.date(2025, 10, 1)


class CreditEntryFactory(DjangoModelFactory):
    """Five credits given at NOW."""

    class Meta:
        model = CreditEntry

    member = factory.SubFactory(MemberFactory)
    club = factory.LazyAttribute(lambda entry: entry.member.club)
    credits = 5
    reason = "thank you"
    entered_at = NOW
    cause = factory.Sequence(lambda n: f"cause {n}")


class LeaveFactory(DjangoModelFactory):
    """A week from the day of NOW on, of somebody on the club's staff."""

    class Meta:
        model = Leave

    club = factory.SubFactory(ClubFactory)
    starts_on = NOW.date()
    returns_on = NOW.date() + dt.timedelta(days=7)

    @factory.lazy_attribute
    def person(self) -> Any:
        person = UserFactory()
        self.club.staff.add(person)
        return person


class MemberEventFactory(DjangoModelFactory):
    class Meta:
        model = MemberEvent

    member = factory.SubFactory(MemberFactory)
    club = factory.LazyAttribute(lambda event: event.member.club)
    what = "called"
    happened_at = NOW


class ErasedMemberFactory(DjangoModelFactory):
    """One whose ID nobody knows any more."""

    class Meta:
        model = ErasedMember

    club = factory.SubFactory(ClubFactory)
    digest = "0" * 64
    erased_at = NOW


class DocumentFactory(DjangoModelFactory):
    """A waiver that expires twenty days after NOW."""

    class Meta:
        model = Document

    member = factory.SubFactory(MemberFactory)
    club = factory.LazyAttribute(lambda document: document.member.club)
    external_id = factory.Sequence(lambda n: f"D{n:05}")
    kind = "waiver"
    expires_on = NOW.date() + dt.timedelta(days=20)
