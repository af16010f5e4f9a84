"""A file of consents on the pages that bring a file in: what it may hold, and what its rows say, in words for staff."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.admin.file_kinds import FileKind
from members.admin.import_words import Difference, RowInWords, field_in_words, where
from members.models import Club, Member
from members.rules.wording import short_instant
from members.transfer.fact_files import FactOutcome
from messaging.models import Category, Channel, ConsentRecord
from messaging.transfer.consents import CONSENTS, OF_A_FILE


def consents_in_words(club: Club, outcomes: Sequence[FactOutcome]) -> list[RowInWords]:
    """The rows that are shown; asks once for whose they are."""
    rows = [outcome.row.values for outcome in outcomes]
    members = Member.objects.filter(club=club, external_id__in={values["member"] for values in rows})
    names = {member.external_id: str(member) for member in members}
    return [
        RowInWords(
            where(outcome.row.line, outcome.row.number),
            values["external_id"],
            names.get(values["member"], ""),
            None,
            [
                Difference(column_of_consents(attribute), "", said)
                for attribute, said in (
                    ("is_granted", _("Yes") if values["is_granted"] else _("No")),
                    ("channel", str(Channel(values["channel"]).label)),
                    (
                        "category",
                        str(Category(values["category"]).label) if values["category"] else _("Everything"),
                    ),
                    ("occurred_at", short_instant(values["occurred_at"], club.zone, club.locale)),
                    ("source", values["source"]),
                    ("words", values["words"]),
                )
                if said
            ],
        )
        for outcome, values in zip(outcomes, rows, strict=True)
    ]


def column_of_consents(name: str) -> str:
    """What staff call a column."""
    if name == "id":
        return _("ID")
    field = "recorded_at" if name == "occurred_at" else name
    return field_in_words(ConsentRecord, field)


FILE = FileKind(
    name="consents",
    kind=CONSENTS,
    in_words=consents_in_words,
    column=column_of_consents,
    title=gettext_lazy("Import consents"),
    button=lambda number, words: ngettext("Import %s consent", "Import %s consents", number) % words,
    see=gettext_lazy("See the consents"),
    first=gettext_lazy("Bring the members in first: a row of somebody who is not known here is refused."),
    afterwards=gettext_lazy(
        "Each counts from the moment that its row names; of several about the same the latest counts."
    ),
    of_an_id=gettext_lazy(
        "id is the club's own number for what was said. Words are only added: a number that is known with other words is refused."
    ),
    facts=OF_A_FILE,
)
