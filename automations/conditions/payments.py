"""What a member paid and owes, in the club's own currency."""

from django.db.models import BigIntegerField, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField, Topic
from automations.conditions.days import Day
from automations.conditions.numbers import Amount, Money, Times
from members.models import Agreement, Payment
from members.rules.days import DAY, start_of_day
from members.rules.follow_up import owed


def overdue(asked: Asked) -> QuerySet[Payment]:
    return owed(asked.club, asked.today).filter(member=OuterRef("pk")).order_by()


class OwedField(ConditionField):
    """As the follow-up status counts it: what the other system says of an agreement, else its payments that did not come."""

    kind = "amount_owed"
    label = gettext_lazy("Amount owed")
    topic = Topic.PAYMENT
    sort = Money()

    def value(self, given: Params, asked: Asked) -> Combinable:
        said = Agreement.objects.filter(member=OuterRef("pk"), past_due__isnull=False).order_by()
        by_payments = overdue(asked).filter(
            Q(agreement=None) | Q(agreement__past_due=None), currency=asked.club.currency
        )
        return _total(said, "past_due") + _total(by_payments, "amount")


class OverdueField(ConditionField):
    kind = "overdue_since"
    label = gettext_lazy("Oldest payment that did not come")
    topic = Topic.PAYMENT
    sort = Day(is_past=True)

    def value(self, given: Params, asked: Asked) -> Combinable:
        return Subquery(overdue(asked).order_by("due_on").values("due_on")[:1])


class FailedField(ConditionField):
    kind = "failed_payments"
    label = gettext_lazy("Payments failed in so many days")
    topic = Topic.PAYMENT
    sort = Times(gettext_lazy("had a payment fail %(what)s in %(days)s days"))

    def value(self, given: Params, asked: Asked) -> Combinable:
        since = asked.today - DAY * (given["days"] - 1)
        failed = Payment.objects.filter(
            member=OuterRef("pk"), status=Payment.Status.FAILED, due_on__gte=since, due_on__lte=asked.today
        ).order_by()
        number = failed.values("member").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(number, output_field=IntegerField()), Value(0))


class PaidField(ConditionField):
    kind = "amount_paid"
    label = gettext_lazy("Amount paid in so many days")
    topic = Topic.PAYMENT
    sort = Amount(gettext_lazy("paid %(what)s in %(days)s days"))

    def value(self, given: Params, asked: Asked) -> Combinable:
        since = start_of_day(asked.today - DAY * (given["days"] - 1), asked.zone)
        paid = Payment.objects.filter(
            member=OuterRef("pk"),
            status=Payment.Status.PAID,
            currency=asked.club.currency,
            paid_at__gte=since,
            paid_at__lte=asked.now,
        ).order_by()
        return _total(paid, "amount")


def _total(rows: QuerySet[Payment] | QuerySet[Agreement], column: str) -> Coalesce:
    total = rows.values("member").annotate(total=Sum(column)).values("total")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), Value(0))
