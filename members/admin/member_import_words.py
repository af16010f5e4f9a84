"""What a file of members would do, in words for staff."""

from collections.abc import Mapping, Sequence
from typing import cast

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from members.admin.import_words import Difference, RowInWords, field_in_words, value_in_words, where
from members.models import Club, Member
from members.transfer.columns import COLUMNS, TAGS
from members.transfer.writing import Plan

NOT_SHOWN = {"phone_is_dialable"}


def members_in_words(club: Club, plans: Sequence[Plan]) -> list[RowInWords]:
    """The members that are shown; asks once for the names of all their trainers."""
    trainers = _trainers(plans)
    return [_in_words(club, plan, trainers) for plan in plans]


def column_of_members(column: str) -> str:
    """What staff call a column."""
    return _column(COLUMNS[column][0] or column) if column in COLUMNS else column


def _column(name: str) -> str:
    return _("Tags") if name == TAGS else field_in_words(Member, name)


def _in_words(club: Club, plan: Plan, trainers: Mapping[int, str]) -> RowInWords:
    shown = [name for name in plan.changes if name not in NOT_SHOWN]
    if plan.member.pk is None:
        # What a new member is called is told beside it, and what is empty says nothing.
        shown = [
            name
            for name in shown
            if name not in ("external_id", "first_name", "last_name")
            and plan.changes[name] not in ("", None, ())
        ]
    names = (plan.changes.get(name, plan.before(name)) for name in ("first_name", "last_name"))

    def said(name: str, value: object) -> str:
        if name == "trainer_id":
            return trainers.get(value, "") if isinstance(value, int) else ""
        if name == TAGS:
            return ", ".join(cast("tuple[str, ...]", value))
        return value_in_words(Member, name, value, club)

    return RowInWords(
        where(plan.row.line, plan.row.number),
        plan.row.values["external_id"],
        str(plan.member) if plan.member.pk else " ".join(names).strip(),
        plan.member.pk,
        [
            Difference(
                _column(name),
                said(name, plan.before(name)),
                said(name, plan.changes[name]),
            )
            for name in shown
        ],
    )


def _trainers(plans: Sequence[Plan]) -> dict[int, str]:
    ids = {
        pk
        for plan in plans
        for pk in (plan.member.trainer_id, plan.changes.get("trainer_id"))
        if pk and "trainer_id" in plan.changes
    }
    if not ids:
        return {}
    return {user.pk: str(user) for user in get_user_model().objects.filter(pk__in=ids)}
