"""Writing down who said yes and who said no."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from members.models import Club, Member
from members.operations.facts import lock_members_by_id
from members.signals import facts_changed
from messaging.gates.consent import words_about
from messaging.models import Category, Channel, ConsentRecord


def has_opted_out(*, member_id: int, channel: str, category: str = "") -> bool:
    """Whether the latest word about this channel and category was no; without a category, about all of them."""
    return all(
        latest is not None and not latest.is_granted
        for latest in _latest(member_id, channel, category).values()
    )


def standing_words(*, member_id: int) -> dict[tuple[str, str], bool | None]:
    """By channel and category whether the member agreed or opted out, None where nothing was said; one query.

    The same answer as the gate gives in SQL, for the pages that show one member all of it.
    """
    standing: dict[tuple[str, str], bool | None] = {
        (channel, category): None for channel in Channel.values for category in Category.values
    }
    # The oldest first, so that the latest is what stays.
    said = ConsentRecord.objects.filter(member=member_id).order_by("recorded_at", "pk")
    for channel, category, is_granted in said.values_list("channel", "category", "is_granted"):
        for one in [category] if category else Category.values:
            standing[channel, one] = is_granted
    return standing


def _latest(member_id: int, channel: str, category: str) -> dict[str, ConsentRecord | None]:
    """By each category that is meant, the word that counts."""
    meant = [category] if category else Category.values
    return {one: words_about(channel, one).filter(member=member_id).first() for one in meant}


def opt_out(
    *,
    member_id: int,
    channel: str,
    source: str,
    words: str,
    now: dt.datetime,
    category: str = "",
    recorded_by: AbstractBaseUser | None = None,
) -> bool:
    """Record that this member wants nothing more of this category on this channel, or nothing at all without a category;
    False if that was known already."""
    return _record(False, member_id, channel, category, source, words, now, recorded_by)


def opt_in(
    *,
    member_id: int,
    channel: str,
    source: str,
    words: str,
    now: dt.datetime,
    category: str = "",
    recorded_by: AbstractBaseUser | None = None,
) -> bool:
    """Record that this member agreed to this category on this channel, or to all of it without one; False if that was
    known already."""
    return _record(True, member_id, channel, category, source, words, now, recorded_by)


@transaction.atomic
def _record(
    is_granted: bool,
    member_id: int,
    channel: str,
    category: str,
    source: str,
    words: str,
    now: dt.datetime,
    recorded_by: AbstractBaseUser | None,
) -> bool:
    Member.objects.select_for_update().only("pk").get(pk=member_id)
    latest = _latest(member_id, channel, category).values()
    if all(one is not None and one.is_granted == is_granted for one in latest):
        return False
    ConsentRecord.objects.create(
        member_id=member_id,
        channel=channel,
        category=category,
        is_granted=is_granted,
        # A word dated ahead, by a slow clock here or a fast one elsewhere, must not outlive this one.
        recorded_at=max([now, *(one.recorded_at for one in latest if one)]),
        source=source,
        words=words,
        recorded_by_id=recorded_by.pk if recorded_by else None,
    )
    facts_changed.send(sender=Member, member_ids=[member_id])
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldConsent:
    """A word that a member gave elsewhere, by that system's number for it; `member` is the club's own ID of her."""

    external_id: str
    member: str
    channel: str
    is_granted: bool
    occurred_at: dt.datetime
    source: str
    words: str = ""
    category: str = ""
    """Everything on the channel if empty."""


class Kept(StrEnum):
    """What became of a word told."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    UNKNOWN_MEMBER = "unknown_member"
    OTHERWISE = "otherwise"
    """There is another word by this number, which stays: words are added, never changed."""


@transaction.atomic
def take_in_consents(*, club: Club, told: Sequence[ToldConsent]) -> list[Kept]:
    """What became of each, in their order. Dated by when they were given, so that the latest counts whenever it comes."""
    members = lock_members_by_id(club=club, external_ids={one.member for one in told})
    there = {
        external_id: tuple(said)
        for external_id, *said in ConsentRecord.objects.filter(
            club=club, external_id__in={one.external_id for one in told}
        ).values_list("external_id", "member", "channel", "category", "is_granted", "recorded_at")
    }
    answers = []
    new: dict[str, ConsentRecord] = {}
    for one in told:
        member = members.get(one.member)
        said = (member, one.channel, one.category, one.is_granted, one.occurred_at)
        if member is None:
            answers.append(Kept.UNKNOWN_MEMBER)
        elif one.external_id in there:
            answers.append(Kept.UNCHANGED if there[one.external_id] == said else Kept.OTHERWISE)
        else:
            answers.append(Kept.CREATED)
            there[one.external_id] = said
            new[one.external_id] = ConsentRecord(
                club=club,
                external_id=one.external_id,
                member_id=member,
                channel=one.channel,
                category=one.category,
                is_granted=one.is_granted,
                recorded_at=one.occurred_at,
                source=one.source,
                words=one.words,
            )
    # In one order for all, so that two that bring the same words do not wait for each other in a ring.
    ConsentRecord.objects.bulk_create([record for _, record in sorted(new.items())])
    if new:
        facts_changed.send(sender=Member, member_ids=sorted({record.member_id for record in new.values()}))
    return answers
