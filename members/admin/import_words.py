"""What an import would do, or did, in words for staff: who is new, what changes from what to what, what is refused."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from members.models import Club, Member
from members.rules.wording import day_in_words, short_instant
from members.transfer.columns import COLUMNS
from members.transfer.importing import Preview, Refusal
from members.transfer.writing import Plan

NOT_SHOWN = {"phone_is_dialable"}


@dataclass(frozen=True)
class Difference:
    """One field of one member: what it is now, and what it becomes."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class PlanInWords:
    """One member of the file."""

    where: str
    external_id: str
    name: str
    pk: int | None
    differences: list[Difference]


def plans_in_words(club: Club, preview: Preview) -> dict[str, list[PlanInWords]]:
    """The members that are shown, by what becomes of them."""
    trainers = _trainers(plan for plans in preview.first.values() for plan in plans)
    return {
        kind: [_in_words(club, plan, trainers) for plan in plans] for kind, plans in preview.first.items()
    }


def where(line: int, row: int | None) -> str:
    """Like “line 4”; a JSON file often has but one line, and is counted by its rows."""
    return _("row %d") % row if row else _("line %d") % line


def refusal_in_words(refusal: Refusal) -> dict[str, str]:
    """Its place, its field and its reason."""
    return {
        "where": where(refusal.line, refusal.row),
        "who": refusal.who,
        "value": refusal.value,
        "field": _column_label(refusal.field) if refusal.field else _("The whole row"),
        "reason": refusal.reason,
    }


def _in_words(club: Club, plan: Plan, trainers: Mapping[int, str]) -> PlanInWords:
    shown = [name for name in plan.changes if name not in NOT_SHOWN]
    if plan.member.pk is None:
        # What a new member is called is told beside it, and what is empty says nothing.
        shown = [
            name
            for name in shown
            if name not in ("external_id", "first_name", "last_name") and plan.changes[name] not in ("", None)
        ]
    names = (plan.changes.get(name, getattr(plan.member, name)) for name in ("first_name", "last_name"))
    return PlanInWords(
        where(plan.row.line, plan.row.number),
        plan.row.values["external_id"],
        str(plan.member) if plan.member.pk else " ".join(names).strip(),
        plan.member.pk,
        [
            Difference(
                _label(name),
                _value(club, name, getattr(plan.member, name), trainers),
                _value(club, name, plan.changes[name], trainers),
            )
            for name in shown
        ],
    )


def _value(club: Club, name: str, value: Any, trainers: Mapping[int, str]) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return short_instant(value, club.zone, club.locale)
    if isinstance(value, dt.date):
        return day_in_words(value, club.locale)
    if name == "trainer_id":
        return trainers.get(value, "")
    choices: Any = Member._meta.get_field(name).flatchoices  # type: ignore[union-attr]
    return str(dict(choices).get(value, value))


def _trainers(plans: Iterable[Plan]) -> dict[int, str]:
    ids = {
        pk
        for plan in plans
        for pk in (plan.member.trainer_id, plan.changes.get("trainer_id"))
        if pk and "trainer_id" in plan.changes
    }
    if not ids:
        return {}
    return {user.pk: str(user) for user in get_user_model().objects.filter(pk__in=ids)}


def _column_label(column: str) -> str:
    return _label(COLUMNS[column][0] or column) if column in COLUMNS else column


def _label(attribute: str) -> str:
    try:
        return str(capfirst(Member._meta.get_field(attribute.removesuffix("_id")).verbose_name))  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return _external_or_plain(attribute)


def _external_or_plain(attribute: str) -> str:
    names = {"external_id": _("Member ID"), "club_slug": _("Club")}
    return names.get(attribute, attribute)
