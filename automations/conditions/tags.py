"""What the club sticks on a member, and how likely somebody is to leave."""

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField, Topic
from automations.conditions.belonging import Belonging
from automations.conditions.choices import Choices, Named
from automations.conditions.numbers import Number
from automations.conditions.operators import Operator
from members.models import Club, MemberTag


def tags_of(club: Club | None) -> Choices:
    return [(tag.name, tag.name) for tag in club.tags.all()] if club else []


class TagField(Belonging):
    kind = "tag"
    label = gettext_lazy("Tag")
    topic = Topic.MEMBER
    sort = Named(tags_of)

    def belongs(self, given: Params, asked: Asked) -> Q:
        return Q(Exists(MemberTag.objects.filter(member=OuterRef("pk"), tag__name=given["value"])))

    def refusal(self, operator: Operator, given: Params, asked: Asked) -> str:
        known = given["value"] in dict(tags_of(asked.club))
        return "" if known else _("There is no tag “%(name)s”.") % {"name": given["value"]}

    def sentence(self, operator: Operator, given: Params, asked: Asked) -> str:
        if operator == Operator.IS_NOT:
            return _("does not have the tag “%(value)s”") % given
        return _("has the tag “%(value)s”") % given

    def shown(self, seen: object, given: Params, asked: Asked) -> str:
        return _("has it") if seen else _("does not have it")


class RiskField(ConditionField):
    """As it was last worked out, from 0 to 1."""

    kind = "retention_risk"
    label = gettext_lazy("Retention risk (0 to 1)")
    topic = Topic.MEMBER
    sort = Number(largest=1, is_whole=False)

    def value(self, given: Params, asked: Asked) -> Combinable:
        return F("retention_risk")

    @property
    def noun(self) -> str:
        return _("retention risk")

    def shown(self, seen: object, given: Params, asked: Asked) -> str:
        return f"{seen:.2f}" if isinstance(seen, float) else super().shown(seen, given, asked)
