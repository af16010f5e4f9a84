"""What the pages that bring a file in must know of each kind: what it may hold, how it is told, and what staff call it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_lazy, ngettext

from members.admin.fact_import_words import FactsInWords
from members.admin.import_words import RowInWords
from members.admin.member_import_words import column_of_members, members_in_words
from members.models import Agreement, Booking, ClassSession, Club, Document, Payment
from members.transfer import fact_files, fact_kinds
from members.transfer import facts as told
from members.transfer.fact_kinds import FactKind
from members.transfer.importing import MEMBERS as MEMBER_FILE
from members.transfer.kinds import Kind


@dataclass(frozen=True)
class FileKind:
    """One kind of file; `name` is kept with an upload, so that no other kind's page takes it."""

    name: str
    kind: Kind
    in_words: Callable[[Club, Sequence[Any]], list[RowInWords]]
    column: Callable[[str], str]
    title: Any
    button: Callable[[int, str], str]
    """Given a number, and the number as it is written."""
    see: Any
    first: Any
    """What must be here before."""
    afterwards: Any
    facts: FactKind | None = None
    of_an_id: Any = ""
    """What an ID stands for, if not for all that is known of a row."""

    @property
    def example(self) -> str:
        """A file to start from, among the static ones."""
        return f"rollcall/examples/{self.name}.csv"

    @property
    def who(self) -> str:
        """What a refused row is told by, as the heading of its column."""
        return "id" if self.facts else "member"

    @property
    def columns(self) -> list[tuple[str, bool, str]]:
        """For kinds of facts each column with whether it is needed, and what it may be."""
        facts = self.facts.columns if self.facts else {}
        return [(name, column.is_needed, _like(column)) for name, column in facts.items()]


def _like(column: told.Column) -> str:
    schema = column.schema or {}
    if "enum" in schema:
        return ", ".join(filter(None, schema["enum"]))
    if column.check is told.amount:
        return "12.50"
    if schema.get("type") == "boolean":
        return gettext("yes, no")
    examples = {"date": "2025-08-25", "date-time": "2025-08-25T18:30"}
    return examples.get(schema.get("format", ""), "10" if schema.get("type") == "integer" else "")


def _facts(model: Any, kind: FactKind, file: Kind, **words: Any) -> FileKind:
    in_words = FactsInWords(kind, model)
    return FileKind(kind=file, in_words=in_words, column=in_words.column, facts=kind, **words)


_STATUS_FOLLOWS = gettext_lazy(
    "Whose status rests on these rows gets it at once; workflows that are switched on follow up whoever is due."
)

MEMBERS = FileKind(
    name="members",
    kind=MEMBER_FILE,
    in_words=members_in_words,
    column=column_of_members,
    title=gettext_lazy("Import members"),
    button=lambda number, words: ngettext("Import %s member", "Import %s members", number) % words,
    see=gettext_lazy("See the members"),
    first="",
    afterwards=gettext_lazy(
        "Workflows that are switched on look at who is imported at their next check, and follow up whoever is due."
    ),
)
AGREEMENTS = _facts(
    Agreement,
    fact_kinds.AGREEMENTS,
    fact_files.AGREEMENTS,
    name="agreements",
    title=gettext_lazy("Import agreements"),
    button=lambda number, words: ngettext("Import %s agreement", "Import %s agreements", number) % words,
    see=gettext_lazy("See the agreements"),
    first=gettext_lazy("Bring the members in first: a row of somebody who is not known here is refused."),
    afterwards=_STATUS_FOLLOWS,
)
PAYMENTS = _facts(
    Payment,
    fact_kinds.PAYMENTS,
    fact_files.PAYMENTS,
    name="payments",
    title=gettext_lazy("Import payments"),
    button=lambda number, words: ngettext("Import %s payment", "Import %s payments", number) % words,
    see=gettext_lazy("See the payments"),
    first=gettext_lazy(
        "Bring the members in first, then their agreements: a row that names what is not here is refused."
    ),
    afterwards=_STATUS_FOLLOWS,
)
CLASSES = _facts(
    ClassSession,
    fact_kinds.CLASSES,
    fact_files.CLASSES,
    name="classes",
    title=gettext_lazy("Import classes"),
    button=lambda number, words: ngettext("Import %s class", "Import %s classes", number) % words,
    see=gettext_lazy("See the classes"),
    first="",
    afterwards=_STATUS_FOLLOWS,
)
BOOKINGS = _facts(
    Booking,
    fact_kinds.BOOKINGS,
    fact_files.BOOKINGS,
    name="bookings",
    title=gettext_lazy("Import bookings"),
    button=lambda number, words: ngettext("Import %s booking", "Import %s bookings", number) % words,
    see=gettext_lazy("See the bookings"),
    first=gettext_lazy(
        "Bring the members and the classes in first: a row that names what is not here is refused."
    ),
    afterwards=_STATUS_FOLLOWS,
)
DOCUMENTS = _facts(
    Document,
    fact_kinds.DOCUMENTS,
    fact_files.DOCUMENTS,
    name="documents",
    title=gettext_lazy("Import documents"),
    button=lambda number, words: ngettext("Import %s document", "Import %s documents", number) % words,
    see=gettext_lazy("See the documents"),
    first=gettext_lazy("Bring the members in first: a row of somebody who is not known here is refused."),
    afterwards=gettext_lazy("Workflows that are switched on are asked at once about whose document it is."),
)
