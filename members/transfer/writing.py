"""What a chunk of checked rows would do, and doing it: what is new or differs goes in by one statement, nothing else."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from members.models import Club, Member, Visit
from members.operations.follow_up import BY_FILE, refresh_follow_up
from members.operations.tags import name_tags, names_of_tags
from members.rules.erased_ids import erased_among
from members.rules.phones import is_dialable
from members.transfer.columns import TAGS, in_order
from members.transfer.ground import OWN
from members.transfer.kinds import CheckedRow
from members.transfer.rows import Refusal

OF_FOLLOW_UP = {"membership_status", "stage", "origin"}
"""What of a file's columns the follow-up status rests on."""


@dataclass(frozen=True)
class Plan:
    """What a row means for a member: she as she is (or new, without a key), and what becomes different."""

    row: CheckedRow
    member: Member
    changes: dict[str, Any]
    tags: tuple[str, ...] = ()
    """What she bears, where the row says which."""

    @property
    def kind(self) -> str:
        return "created" if self.member.pk is None else "changed" if self.changes else "unchanged"

    is_older: ClassVar[bool] = False

    def before(self, name: str) -> Any:
        return self.tags if name == TAGS else getattr(self.member, name)

    @property
    def undialable(self) -> str:
        """Her number with her phone, if no network could dial it."""

        def then(name: str) -> Any:
            return self.changes.get(name, self.before(name))

        if not then("phone") or then("phone_is_dialable"):
            return ""
        return f"{self.row.values['external_id']} ({then('phone')})"


def plan_chunk(
    *, club: Club, rows: Sequence[CheckedRow], now: dt.datetime
) -> tuple[list[Plan], list[Refusal]]:
    """What would be done, in the order of the rows, and who cannot be created for want of a name."""
    return _planned(club, rows, Member.objects.all())


@transaction.atomic
def write_chunk(
    *, club: Club, rows: Sequence[CheckedRow], now: dt.datetime, cause: str = BY_FILE
) -> tuple[list[Plan], list[Refusal]]:
    """Do it, and tell as `plan_chunk` does; `cause` is kept with each follow-up status that changes by it."""
    # One import of a club at a time, so that two that bring the same new members do not wait for each other in a ring.
    Club.objects.select_for_update(no_key=True).values_list("pk").get(pk=club.pk)
    plans, refused = _planned(club, rows, Member.objects.order_by("pk").select_for_update(no_key=True))
    dirty: list[Member] = []
    touched: set[str] = set()
    for plan in plans:
        if changes := {name: value for name, value in plan.changes.items() if name != TAGS}:
            values = {field.attname: getattr(plan.member, field.attname) for field in Member._meta.fields}
            # Without a key: the club's own id decides who it is.
            dirty.append(Member(**values | changes | {"id": None}))
            touched |= changes.keys()
    if dirty:
        Member.objects.bulk_create(
            dirty,
            update_conflicts=True,
            unique_fields=["club", "external_id"],
            update_fields=sorted(touched - {"external_id"}),
        )
        told = [plan.row.values["external_id"] for plan in plans if _concerns_follow_up(plan)]
        if told:
            found = Member.objects.filter(club=club, external_id__in=told).values_list("pk", flat=True)
            refresh_follow_up(club=club, member_ids=list(found), now=now, cause=cause, is_news=False)
    if tagged := {
        plan.row.values["external_id"]: plan.changes[TAGS] for plan in plans if TAGS in plan.changes
    }:
        keys = Member.objects.filter(club=club, external_id__in=tagged).values_list("external_id", "pk")
        name_tags(club=club, names={pk: tagged[name] for name, pk in keys}, now=now)
    return plans, refused


def _concerns_follow_up(plan: Plan) -> bool:
    return plan.kind == "created" or not OF_FOLLOW_UP.isdisjoint(plan.changes)


def _planned(club: Club, rows: Sequence[CheckedRow], members: Any) -> tuple[list[Plan], list[Refusal]]:
    known = {
        member.external_id: member
        for member in members.filter(club=club, external_id__in=[row.values["external_id"] for row in rows])
    }
    _leave_recorded_visits_alone(rows, known)
    borne = names_of_tags(
        [
            known[name].pk
            for row in rows
            if TAGS in row.values and (name := row.values["external_id"]) in known
        ]
    )
    gone = erased_among(club.pk, {name for row in rows if (name := row.values["external_id"]) not in known})
    nobody = Member(club=club)
    plans: list[Plan] = []
    refused: list[Refusal] = []
    for row in rows:
        member = known.get(row.values["external_id"])
        if row.values["external_id"] in gone:
            refused.append(Refusal(row.line, "external_id", _("was erased on request."), row.number))
            continue
        if not member and "first_name" not in row.values:
            refused.append(Refusal(row.line, "first_name", _("is missing."), row.number))
            continue
        before = member or nobody
        tags = in_order(borne.get(before.pk, ()))
        changes = _changes(before, row.values, tags)
        if "phone" in changes:
            changes["phone_is_dialable"] = is_dialable(changes["phone"])
        plans.append(Plan(row, before, changes, tags))
    return plans, refused


def _changes(before: Member, values: dict[str, Any], tags: tuple[str, ...]) -> dict[str, Any]:
    """What becomes different; the club's own fields are kept together, each that says nothing left out."""
    own = {name.removeprefix(OWN): value for name, value in values.items() if name.startswith(OWN)}
    custom = {name: value for name, value in {**before.custom, **own}.items() if value is not None}
    others = {name: value for name, value in values.items() if not name.startswith(OWN) and name != TAGS}
    after = {**others, **({"custom": custom} if own else {})}
    changes = {name: value for name, value in after.items() if getattr(before, name) != value}
    said = values.get(TAGS, tags)
    return changes if _folded(said) == _folded(tags) else {**changes, TAGS: said}


def _folded(names: Sequence[str]) -> set[str]:
    return {name.lower() for name in names}


def _leave_recorded_visits_alone(rows: Sequence[CheckedRow], known: dict[str, Member]) -> None:
    """A file made before somebody checked in must not unmake her visit."""
    earlier: dict[int, CheckedRow] = {}
    for row in rows:
        member = known.get(row.values["external_id"])
        if member and member.last_attended_at and "last_attended_at" in row.values:
            given = row.values["last_attended_at"]
            if not given or given < member.last_attended_at:
                earlier[member.pk] = row
    if earlier:
        visits = (
            Visit.objects.filter(member__in=earlier)
            .order_by()
            .values_list("member")
            .annotate(Max("attended_at"))
        )
        for pk, visited_at in visits:
            given = earlier[pk].values["last_attended_at"]
            earlier[pk].values["last_attended_at"] = max(given, visited_at) if given else visited_at
