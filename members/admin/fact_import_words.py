"""What a file of agreements, payments, classes, bookings or documents would do, in words for staff."""

from collections.abc import Mapping, Sequence
from typing import Any

from members.admin.import_words import Difference, RowInWords, field_in_words, value_in_words, where
from members.models import Club, Member
from members.rules.wording import money_in_words
from members.transfer import facts as told
from members.transfer.fact_files import FactOutcome
from members.transfer.fact_kinds import FactKind

TOLD_BESIDE = ("external_id", "member", "occurred_at")
"""What a row is called and whose it is stands above what changes; since when is not what staff look for."""
NAMED_BY_ID = ("agreement", "class_session")
"""Values that are the club's own ID of another row."""


class FactsInWords:
    """Of one kind of fact, kept as rows of one model."""

    def __init__(self, kind: FactKind, model: Any) -> None:
        self.kind, self.model = kind, model
        self.columns = {
            column.attribute: column
            for column in kind.columns.values()
            if column.attribute not in TOLD_BESIDE
        }

    def __call__(self, club: Club, outcomes: Sequence[FactOutcome]) -> list[RowInWords]:
        """The rows that are shown; asks once for what they change and once for whose they are."""
        rows = [outcome.row.values for outcome in outcomes]
        standing = self._standing(club, [values["external_id"] for values in rows])
        names = _names(club, {values["member"] for values in rows if "member" in values})
        return [
            RowInWords(
                where(outcome.row.line, outcome.row.number),
                values["external_id"],
                names.get(values["member"], "") if "member" in values else values["name"],
                getattr(standing.get(values["external_id"]), "pk", None),
                self._differences(club, standing.get(values["external_id"]), values),
            )
            for outcome, values in zip(outcomes, rows, strict=True)
        ]

    def column(self, name: str) -> str:
        """What staff call a column; money may be told in cents by a neighbor of it."""
        column = self.kind.columns.get(name)
        return field_in_words(self.model, column.attribute if column else name)

    def _standing(self, club: Club, external_ids: list[str]) -> dict[str, Any]:
        hangs_on = [name for name in NAMED_BY_ID if name in self.columns]
        rows = self.model.objects.filter(club=club, external_id__in=external_ids)
        return {row.external_id: row for row in rows.select_related(*hangs_on)}

    def _differences(self, club: Club, row: Any, values: Mapping[str, Any]) -> list[Difference]:
        differences = [
            Difference(
                field_in_words(self.model, name),
                self._said(club, name, _value(row, name), _currency(club, row)) if row else "",
                self._said(club, name, values[name], values.get("currency") or club.currency),
            )
            for name in self.columns
            # Money says its currency itself, and what is empty or not so says nothing of a new row.
            if name != "currency" and (row or values[name])
        ]
        return [one for one in differences if one.before != one.after]

    def _said(self, club: Club, name: str, value: Any, currency: str) -> str:
        if value is not None and self.columns[name].check is told.amount:
            return money_in_words(value, currency, club.locale)
        return str(value) if name in NAMED_BY_ID else value_in_words(self.model, name, value, club)


def _value(row: Any, name: str) -> Any:
    if name in NAMED_BY_ID:
        return getattr(getattr(row, name), "external_id", "")
    return getattr(row, name)


def _currency(club: Club, row: Any) -> str:
    return getattr(row, "currency", "") or club.currency


def _names(club: Club, external_ids: set[str]) -> dict[str, str]:
    members = Member.objects.filter(club=club, external_id__in=external_ids) if external_ids else ()
    return {member.external_id: str(member) for member in members}
