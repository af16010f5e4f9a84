"""The address is on the club's suppression list: bounced for good, complained, or opted out at the carrier."""

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from members.models import Member
from messaging.gates.address import ADDRESS_FIELD
from messaging.gates.base import MemberGate
from messaging.models import Channel, Suppression


class SuppressionGate(MemberGate):
    reason = "suppressed"

    def blocks(self, channel: str, category: str) -> Q:
        address = Lower(OuterRef(ADDRESS_FIELD[Channel(channel)]))
        return Q(Exists(Suppression.objects.filter(club=OuterRef("club"), channel=channel, address=address)))

    def question(self, channel: str, category: str) -> str:
        return _("address not suppressed")

    def seen(self, member: Member, channel: str, is_blocked: bool) -> str:
        return _("on the suppression list") if is_blocked else _("not on the list")

    def text(self, channel: str, category: str = "") -> str:
        return _("The address is on the suppression list.")
