"""What is known of the member and the membership."""

import calendar
from collections.abc import Sequence

from django.contrib.auth import get_user_model
from django.db.models import Case, CharField, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import ExtractDay, ExtractMonth, ExtractYear
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField, Topic, true_of
from automations.conditions.choices import Choice, Choices, Named, Truth
from automations.conditions.days import Day
from automations.conditions.numbers import Number
from automations.conditions.operators import Operator
from automations.conditions.values import Text
from members.models import Club, FollowUpStatus, Member, MembershipStatus
from members.models.members import Origin, Stage

LOOKED_AT = 1_000
"""So many of the newest rows tell what a club calls its levels; looking at all would take long in a large club."""


class Column(ConditionField):
    """A column of the member's own row."""

    topic = Topic.MEMBER
    column: str

    def value(self, given: Params, asked: Asked) -> Combinable:
        return F(self.column)


class MembershipField(Column):
    kind = column = "membership_status"
    label = gettext_lazy("Membership")
    sort = Choice(MembershipStatus.choices)


def levels(club: Club) -> Sequence[str]:
    newest = Member.objects.filter(club=club).order_by("-pk").values_list("membership_level", flat=True)
    return sorted({level for level in newest[:LOOKED_AT] if level})


class LevelField(Column):
    kind = column = "membership_level"
    label = gettext_lazy("Level")
    sort = Text(known=levels)


class RecurringField(Column):
    kind = column = "is_recurring"
    label = gettext_lazy("Renews by itself")
    sort = Truth(gettext_lazy("the membership renews by itself"), gettext_lazy("it does not renew by itself"))


class StageField(Column):
    kind = column = "stage"
    label = gettext_lazy("Stage")
    sort = Choice(Stage.choices)


class OriginField(Column):
    kind = column = "origin"
    label = gettext_lazy("Origin")
    sort = Choice(Origin.choices, may_be_empty=True)


class StatusField(Column):
    kind = column = "follow_up_status"
    label = gettext_lazy("Follow-up status")
    sort = Choice(FollowUpStatus.choices)


class JoinedField(Column):
    kind = column = "joined_on"
    label = gettext_lazy("Day of joining")
    sort = Day(is_past=True)


class AgeField(ConditionField):
    """In whole years; whoever was born on 29 February grows older on the 28th in other years."""

    kind = "age"
    label = gettext_lazy("Age")
    topic = Topic.MEMBER
    sort = Number(largest=150, may_be_empty=True)

    def value(self, given: Params, asked: Asked) -> Combinable:
        today = asked.today
        ends_february = (today.month, today.day) == (2, 28) and not calendar.isleap(today.year)
        reached = today.month * 100 + (29 if ends_february else today.day)
        birthday = ExtractMonth("birthday_on") * 100 + ExtractDay("birthday_on")
        is_to_come = Case(
            When(Q(GreaterThan(birthday, reached)), then=Value(1)),
            default=Value(0),
            output_field=IntegerField(),
        )
        return Value(today.year) - ExtractYear("birthday_on") - is_to_come


def staff_of(club: Club | None) -> Choices:
    if club is None:
        return []
    people = sorted(club.staff.all(), key=lambda person: person.get_username())
    return [(person.get_username(), str(person)) for person in people if person.is_active]


class TrainerField(ConditionField):
    kind = "trainer"
    label = gettext_lazy("Trainer")
    topic = Topic.MEMBER
    sort = Named(staff_of, may_be_empty=True)

    def value(self, given: Params, asked: Asked) -> Combinable:
        trainer = get_user_model().objects.filter(pk=OuterRef("trainer")).values("username")
        return Subquery(trainer, output_field=CharField())

    def refusal(self, operator: Operator, given: Params, asked: Asked) -> str:
        wanted = given.get("value", [])
        known = dict(staff_of(asked.club))
        gone = [name for name in ([wanted] if isinstance(wanted, str) else wanted) if name not in known]
        return _("“%(name)s” is nobody on this club's staff.") % {"name": gone[0]} if gone else ""


class ByEmailField(ConditionField):
    kind = "has_email"
    label = gettext_lazy("E-mail address")
    topic = Topic.MEMBER
    sort = Truth(gettext_lazy("has an e-mail address"), gettext_lazy("has no e-mail address"))

    def value(self, given: Params, asked: Asked) -> Combinable:
        return true_of(~Q(email=""))


class ByPhoneField(ConditionField):
    kind = "has_phone"
    label = gettext_lazy("Phone number")
    topic = Topic.MEMBER
    sort = Truth(gettext_lazy("has a phone number"), gettext_lazy("has no phone number"))

    def value(self, given: Params, asked: Asked) -> Combinable:
        return true_of(~Q(phone=""))
