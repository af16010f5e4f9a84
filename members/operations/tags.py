"""Putting tags on members and taking them off; whoever listens hears of those whose tags really changed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db import IntegrityError, transaction

from members.models import Club, Member, MemberTag, Tag
from members.signals import facts_changed


def tag_called(*, club: Club, name: str) -> Tag:
    """The club's tag of that name, made if there is none; capital letters make no difference."""
    found = Tag.objects.filter(club=club, name__iexact=name).first()
    if found:
        return found
    try:
        with transaction.atomic():
            return Tag.objects.create(club=club, name=name)
    except IntegrityError:
        # Somebody made it this moment.
        return Tag.objects.get(club=club, name__iexact=name)


@transaction.atomic
def put_tag(*, tag: Tag, member_ids: Collection[int], now: dt.datetime) -> set[int]:
    """Those who did not bear it before."""
    # Locked in the order of their ids, as everybody does who writes about many.
    locked = Member.objects.filter(pk__in=member_ids, club=tag.club_id).order_by("pk")
    ids = set(locked.select_for_update(no_key=True).values_list("pk", flat=True))
    new = ids - set(tag.member_tags.filter(member__in=ids).values_list("member", flat=True))
    MemberTag.objects.bulk_create(
        [MemberTag(tag=tag, member_id=pk, tagged_at=now) for pk in sorted(new)], ignore_conflicts=True
    )
    _tell(new)
    return new


@transaction.atomic
def take_tag(*, tag: Tag, member_ids: Collection[int]) -> set[int]:
    """Those who bore it until now."""
    borne = tag.member_tags.filter(member__in=member_ids).order_by("member").select_for_update()
    ids = set(borne.values_list("member", flat=True))
    tag.member_tags.filter(member__in=ids).delete()
    _tell(ids)
    return ids


@transaction.atomic
def set_tags(*, member: Member, tags: Collection[Tag], now: dt.datetime) -> tuple[set[Tag], set[Tag]]:
    """Exactly these from now on; which were put on and which were taken off."""
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    before = set(Tag.objects.filter(member_tags__member=member))
    put, taken = set(tags) - before, before - set(tags)
    MemberTag.objects.bulk_create([MemberTag(tag=tag, member=member, tagged_at=now) for tag in put])
    MemberTag.objects.filter(member=member, tag__in=taken).delete()
    if put or taken:
        _tell({member.pk})
    return put, taken


def names_of_tags(member_ids: Collection[int]) -> dict[int, list[str]]:
    """By member; one query, none for nobody."""
    names: dict[int, list[str]] = defaultdict(list)
    if member_ids:
        borne = MemberTag.objects.filter(member__in=member_ids).order_by()
        for pk, name in borne.values_list("member", "tag__name"):
            names[pk].append(name)
    return names


@transaction.atomic
def name_tags(*, club: Club, names: Mapping[int, Collection[str]], now: dt.datetime) -> None:
    """Exactly these from now on, by the keys of members whom the caller has locked and tells of; tags that the club lacks are
    made, and capital letters make no difference."""
    known = _by_name(club)
    if lacking := {
        name.lower(): name for each in names.values() for name in each if name.lower() not in known
    }:
        Tag.objects.bulk_create(
            [Tag(club=club, name=lacking[folded]) for folded in sorted(lacking)], ignore_conflicts=True
        )
        known = _by_name(club)
    wanted = {(pk, known[name.lower()]) for pk, each in names.items() for name in each}
    borne = {
        (member, tag): pk
        for pk, member, tag in MemberTag.objects.filter(member__in=names).values_list("pk", "member", "tag")
    }
    MemberTag.objects.bulk_create(
        [
            MemberTag(member_id=member, tag_id=tag, tagged_at=now)
            for member, tag in sorted(wanted - borne.keys())
        ],
        ignore_conflicts=True,
    )
    MemberTag.objects.filter(pk__in=[pk for pair, pk in borne.items() if pair not in wanted]).delete()


def _by_name(club: Club) -> dict[str, int]:
    return {name.lower(): pk for name, pk in club.tags.order_by().values_list("name", "pk")}


def _tell(member_ids: Collection[int]) -> None:
    if member_ids:
        facts_changed.send(sender=Member, member_ids=sorted(member_ids))
