"""The member opted out: her latest word on the channel was no. Without any word, she may be reached."""

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from members.models import Member
from messaging.gates.base import MemberGate
from messaging.models import ConsentRecord


class ConsentGate(MemberGate):
    reason = "opted_out"

    def blocks(self, channel: str) -> Q:
        latest = ConsentRecord.objects.filter(member=OuterRef("pk"), channel=channel).order_by(
            "-recorded_at", "-id"
        )
        return Q(Exact(Subquery(latest.values("is_granted")[:1]), Value(False)))

    def question(self, channel: str) -> str:
        return _("has not opted out")

    def seen(self, member: Member, channel: str, is_blocked: bool) -> str:
        return _("opted out") if is_blocked else _("no objection")

    def text(self, channel: str) -> str:
        return _("Opted out of texts.") if channel == "sms" else _("Opted out of e-mails.")
