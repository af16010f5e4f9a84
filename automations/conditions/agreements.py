"""What a member bought. The running agreements are those that are active and no trial."""

from collections.abc import Sequence

from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField, Topic, true_of
from automations.conditions.choices import Choice, Truth
from automations.conditions.days import Day
from automations.conditions.numbers import Number
from automations.conditions.operators import Operator, unless
from automations.conditions.values import Sort, Text
from members.models import Agreement, Club

LOOKED_AT = 1_000


def own() -> QuerySet[Agreement]:
    return Agreement.objects.filter(member=OuterRef("pk")).order_by()


def running() -> QuerySet[Agreement]:
    return own().filter(status=Agreement.Status.ACTIVE, is_trial=False)


class OfAnyAgreement(ConditionField):
    """True if any of a member's agreements is so; “is not” if none of them is."""

    topic = Topic.AGREEMENT
    column: str
    sort: Sort
    has: str | Promise
    has_none: str | Promise

    def among(self) -> QuerySet[Agreement]:
        return own()

    def value(self, given: Params, asked: Asked) -> Combinable:
        return Subquery(self.among().order_by("-purchased_on", "-pk").values(self.column)[:1])

    def q(self, operator: Operator, given: Params, asked: Asked) -> Q:
        if operator == Operator.IS_NOT:
            return unless(self.q(Operator.IS, given, asked))
        return Q(Exists(self.among().filter(self.sort.compare(F(self.column), operator, given, asked))))

    def sentence(self, operator: Operator, given: Params, asked: Asked) -> str:
        return self._said(operator, given, asked, is_so=True)

    def failed(self, operator: Operator, seen: object, given: Params, asked: Asked) -> str:
        return str(capfirst(self._said(operator, given, asked, is_so=False)))

    def _said(self, operator: Operator, given: Params, asked: Asked, *, is_so: bool) -> str:
        is_not = operator == Operator.IS_NOT
        said = self.sort.said(Operator.IS if is_not else operator, given, asked)
        return str(self.has if is_so != is_not else self.has_none) % {"said": said}


class HasAgreementField(ConditionField):
    kind = "has_agreement"
    label = gettext_lazy("Any agreement")
    topic = Topic.AGREEMENT
    sort = Truth(gettext_lazy("has an agreement"), gettext_lazy("has no agreement"))

    def value(self, given: Params, asked: Asked) -> Combinable:
        return true_of(Q(Exists(own())))


class AgreementStatusField(OfAnyAgreement):
    kind = "agreement_status"
    label = gettext_lazy("State of an agreement")
    column = "status"
    sort = Choice(Agreement.Status.choices)
    has = gettext_lazy("has an agreement that %(said)s")
    has_none = gettext_lazy("has no agreement that %(said)s")


def plans(club: Club) -> Sequence[str]:
    newest = Agreement.objects.filter(club=club).order_by("-pk").values_list("name", flat=True)
    return sorted({name for name in newest[:LOOKED_AT] if name})


class PlanField(OfAnyAgreement):
    kind = "agreement_plan"
    label = gettext_lazy("Plan of a running agreement")
    column = "name"
    sort = Text(known=plans, may_be_empty=False)
    has = gettext_lazy("has a running agreement whose plan %(said)s")
    has_none = gettext_lazy("has no running agreement whose plan %(said)s")

    def among(self) -> QuerySet[Agreement]:
        return running()


class EndsField(ConditionField):
    """Of several running agreements the one that ends last; empty without an end, or without any."""

    kind = "agreement_ends"
    label = gettext_lazy("Agreement's last day")
    topic = Topic.AGREEMENT
    sort = Day()

    def value(self, given: Params, asked: Asked) -> Combinable:
        return Subquery(running().order_by(F("ends_on").desc(nulls_first=True), "pk").values("ends_on")[:1])


class BoughtField(ConditionField):
    """The latest purchase, trials left aside."""

    kind = "agreement_bought"
    label = gettext_lazy("Last purchase")
    topic = Topic.AGREEMENT
    sort = Day(is_past=True)

    def value(self, given: Params, asked: Asked) -> Combinable:
        bought = own().filter(is_trial=False).order_by("-purchased_on", "-pk")
        return Subquery(bought.values("purchased_on")[:1])


class SessionsLeftField(ConditionField):
    """Of all running agreements for so many sessions; empty without any, or where all are unlimited."""

    kind = "sessions_left"
    label = gettext_lazy("Sessions left")
    topic = Topic.AGREEMENT
    sort = Number(largest=100_000, may_be_empty=True)

    def value(self, given: Params, asked: Asked) -> Combinable:
        left = running().values("member").annotate(left=Sum("sessions_left")).values("left")
        return Subquery(left, output_field=IntegerField())


class SuspendedField(ConditionField):
    kind = "agreement_suspended"
    label = gettext_lazy("Agreement suspended")
    topic = Topic.AGREEMENT
    sort = Truth(
        gettext_lazy("a running agreement is suspended"), gettext_lazy("no running agreement is suspended")
    )

    def value(self, given: Params, asked: Asked) -> Combinable:
        return true_of(Q(Exists(running().filter(is_suspended=True))))


class HasTrialField(ConditionField):
    kind = "has_trial"
    label = gettext_lazy("Trial")
    topic = Topic.AGREEMENT
    sort = Truth(gettext_lazy("bought a trial"), gettext_lazy("never bought a trial"))

    def value(self, given: Params, asked: Asked) -> Combinable:
        return true_of(Q(Exists(own().filter(is_trial=True))))
