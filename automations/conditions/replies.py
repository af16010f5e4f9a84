"""When a member last wrote back."""

from django.db.models import DateTimeField, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField, Topic
from automations.conditions.days import Day
from messaging.models import InboundMessage


class LastReplyField(ConditionField):
    """Opt-outs and other words that are done by themselves are none."""

    kind = "last_reply"
    label = gettext_lazy("Last reply")
    topic = Topic.MEMBER
    sort = Day(is_instant=True, is_past=True)

    def value(self, given: Params, asked: Asked) -> Combinable:
        replies = InboundMessage.objects.filter(
            member=OuterRef("pk"),
            taken_as=InboundMessage.TakenAs.REPLY,
            received_at__lte=asked.now,
        )
        latest = replies.order_by("-received_at").values("received_at")
        return Subquery(latest[:1], output_field=DateTimeField())
