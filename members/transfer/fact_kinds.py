"""The kinds of facts that another system tells or a file holds: what each becomes, who takes it in, and why one may stay out."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from members.models import Club
from members.operations.agreements import AgreementFact, take_in_agreements
from members.operations.bookings import BookingFact, ClassFact, take_in_bookings, take_in_class_sessions
from members.operations.documents import DocumentFact, take_in_documents
from members.operations.facts import Taken
from members.operations.payments import PaymentFact, take_in_payments
from members.operations.told_visits import VisitFact, take_in_visits
from members.transfer import facts as told
from members.transfer.ground import Ground

NOT_TAKEN: Mapping[Taken, tuple[str, Any]] = {
    Taken.UNKNOWN_MEMBER: ("member", gettext_lazy("is not known here yet.")),
    Taken.OTHER_MEMBER: ("member", gettext_lazy("is another one than before.")),
    Taken.UNKNOWN_AGREEMENT: ("agreement", gettext_lazy("is not known here yet as one of this member's.")),
    Taken.UNKNOWN_CLASS: ("class", gettext_lazy("is not known here yet.")),
    Taken.OTHER_VISIT: ("attended_at", gettext_lazy("is the instant of another visit of this member.")),
}


@dataclass(frozen=True)
class FactKind:
    """One kind of fact: what an item may say, what it becomes, and the operation that takes it in."""

    columns: told.Columns
    fact: Callable[..., Any]
    take_in: Callable[..., list[Taken]]
    rule: told.Rule | None = None

    def check(self, item: Mapping[str, Any], ground: Ground) -> tuple[dict[str, Any], dict[str, str]]:
        """The values by attribute, and the reasons of those that were refused, by column."""
        return told.check_item(item, self.columns, ground, self.rule)

    def fact_of(self, values: dict[str, Any], club: Club, now: dt.datetime) -> Any:
        """The fact that checked values tell: of now unless they say when, in the club's currency unless they say which."""
        values = values | {"occurred_at": values["occurred_at"] or now}
        if values.get("currency") == "":
            values["currency"] = club.currency
        return self.fact(**values)


AGREEMENTS = FactKind(told.AGREEMENT, AgreementFact, take_in_agreements, told.sessions_fit)
PAYMENTS = FactKind(told.PAYMENT, PaymentFact, take_in_payments)
CLASSES = FactKind(told.CLASS_SESSION, ClassFact, take_in_class_sessions, told.ends_after_start)
BOOKINGS = FactKind(told.BOOKING, BookingFact, take_in_bookings)
DOCUMENTS = FactKind(told.DOCUMENT, DocumentFact, take_in_documents, told.expires_after_issue)
VISITS = FactKind(told.VISIT, VisitFact, take_in_visits)
