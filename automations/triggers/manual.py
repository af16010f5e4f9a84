"""By hand: staff chose members and started the workflow for them."""

from typing import Any

from django.db.models import F
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.blocks import Params
from automations.models import ManualStart
from automations.triggers.member_rows import MemberRowTrigger, since
from members.models import Club, Member
from members.rules.days import AwayClock


class Manual(MemberRowTrigger):
    """Due: somebody of the staff started this workflow for the member. Each start is its own occurrence."""

    kind = "manual"
    label = gettext_lazy("Started by hand")
    Row = ManualStart
    reads = ()
    relation = "manual_starts"
    prefix = "start:"
    looks_back = False
    once = gettext_lazy("once for each start")
    anew = gettext_lazy("another start would count")
    happened = gettext_lazy("Started by hand on %(day)s.")
    never = gettext_lazy("Nobody has started it for this member in the last %(days)s days.")
    asks = gettext_lazy("started by hand in the last %(days)s days")

    def of_club(self, club: Club, params: Params) -> dict[str, Any]:
        return {"workflow": params.get("workflow")}

    def lately(self, clock: AwayClock, params: Params) -> dict[str, Any]:
        return {"asked_at__gte": since(clock)}

    def happened_at(self, at: str, clock: AwayClock, params: Params) -> Combinable:
        return F(f"{at}asked_at")

    def sentence(self, params: Params) -> str:
        return _("When somebody of the staff starts it for a member")

    def unless(self, member: Member) -> str:
        return _("unless somebody takes %(name)s out before") % {"name": member.first_name}
