"""No address for the channel."""

from django.db.models import Q
from django.utils.translation import gettext as _

from members.models import Member
from messaging.gates.base import MemberGate
from messaging.models import Channel

ADDRESS_FIELD = {
    Channel.SMS: "phone",
    Channel.EMAIL: "email",
    Channel.WHATSAPP: "phone",
    # Within the club's own pages a member is known by the member ID, which everybody has.
    Channel.IN_APP: "external_id",
}


def address_of(member: Member, channel: str) -> str:
    """Where `channel` would reach the member; empty if nowhere."""
    address: str = getattr(member, ADDRESS_FIELD[Channel(channel)])
    return address


class AddressGate(MemberGate):
    reason = "no_address"

    def blocks(self, channel: str, category: str) -> Q:
        return Q(**{ADDRESS_FIELD[Channel(channel)]: ""})

    def question(self, channel: str, category: str) -> str:
        return _("has an e-mail address") if channel == Channel.EMAIL else _("has a phone number")

    def seen(self, member: Member, channel: str, is_blocked: bool) -> str:
        if is_blocked:
            return _("none")
        if ADDRESS_FIELD[Channel(channel)] == "phone" and not member.phone_is_dialable:
            return _("%(phone)s (no network could connect it)") % {"phone": member.phone}
        return address_of(member, channel)

    def text(self, channel: str, category: str = "") -> str:
        return _("No e-mail address.") if channel == Channel.EMAIL else _("No phone number.")
