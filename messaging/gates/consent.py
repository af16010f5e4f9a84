"""The member opted out: her latest word on the channel was no. Without any word, she may be reached, but by WhatsApp,
which wants everybody to have agreed first."""

from typing import Any

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Member
from messaging.gates.base import MemberGate
from messaging.models import Channel, ConsentRecord

SAID = {
    Channel.SMS: gettext_lazy("Opted out of texts."),
    Channel.EMAIL: gettext_lazy("Opted out of e-mails."),
    Channel.WHATSAPP: gettext_lazy("Did not agree to WhatsApp, or opted out."),
    Channel.IN_APP: gettext_lazy("Opted out of in-app messages."),
}


class ConsentGate(MemberGate):
    reason = "opted_out"

    def blocks(self, channel: str) -> Q:
        latest = ConsentRecord.objects.filter(member=OuterRef("pk"), channel=channel).order_by(
            "-recorded_at", "-id"
        )
        word: Any = Subquery(latest.values("is_granted")[:1])
        if channel == Channel.WHATSAPP:
            word = Coalesce(word, Value(False))
        return Q(Exact(word, Value(False)))

    def question(self, channel: str) -> str:
        return _("agreed to WhatsApp") if channel == Channel.WHATSAPP else _("has not opted out")

    def seen(self, member: Member, channel: str, is_blocked: bool) -> str:
        if channel == Channel.WHATSAPP:
            return _("has not agreed, or opted out") if is_blocked else _("agreed")
        return _("opted out") if is_blocked else _("no objection")

    def text(self, channel: str) -> str:
        return str(SAID[Channel(channel)])
