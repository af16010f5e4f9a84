"""Whether somebody is in one of the club's segments."""

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.base import Topic
from automations.conditions.belonging import Belonging
from automations.conditions.choices import Choices, Named
from automations.conditions.operators import Operator
from members.models import Club


def _of_club(club: Club | None) -> Choices:
    return [(segment.slug, segment.name) for segment in club.segments.all()] if club else []


class SegmentField(Belonging):
    kind = "segment"
    label = gettext_lazy("Segment")
    topic = Topic.SEGMENT
    sort = Named(_of_club)

    def belongs(self, given: Params, asked: Asked) -> Q:
        from automations.conditions.tree import read

        slug = given["value"]
        if slug in asked.inside:
            raise ValidationError(
                _("The segment “%(name)s” uses itself.") % {"name": asked.segments[slug]["name"]}
            )
        if slug not in asked.segments:
            raise ValidationError(_("There is no segment “%(name)s”.") % {"name": slug})
        within = asked.within(slug)
        return read(asked.segments[slug]["conditions"], within).q(within)

    def refusal(self, operator: Operator, given: Params, asked: Asked) -> str:
        try:
            self.belongs(given, asked)
        except ValidationError as refused:
            return " ".join(refused.messages)
        return ""

    def sentence(self, operator: Operator, given: Params, asked: Asked) -> str:
        words = {"name": asked.segments.get(given["value"], {}).get("name", given["value"])}
        if operator == Operator.IS_NOT:
            return _("is not in the segment “%(name)s”") % words
        return _("is in the segment “%(name)s”") % words

    def shown(self, seen: object, given: Params, asked: Asked) -> str:
        return _("is in it") if seen else _("is not in it")
