"""The member opted out: the latest word on the channel and the category was no. Without any word, a member may be reached,
but by WhatsApp, which wants everybody to have agreed first."""

from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Member
from messaging.gates.base import MemberGate
from messaging.models import Category, Channel, ConsentRecord

SAID = {
    (Channel.SMS, ""): gettext_lazy("Opted out of texts."),
    (Channel.SMS, Category.MARKETING): gettext_lazy("Opted out of texts with offers and news."),
    (Channel.SMS, Category.SERVICE): gettext_lazy("Opted out of texts about membership and bookings."),
    (Channel.EMAIL, ""): gettext_lazy("Opted out of e-mails."),
    (Channel.EMAIL, Category.MARKETING): gettext_lazy("Opted out of e-mails with offers and news."),
    (Channel.EMAIL, Category.SERVICE): gettext_lazy("Opted out of e-mails about membership and bookings."),
    (Channel.WHATSAPP, ""): gettext_lazy("Did not agree to WhatsApp, or opted out."),
    (Channel.WHATSAPP, Category.MARKETING): gettext_lazy(
        "Did not agree to offers and news by WhatsApp, or opted out."
    ),
    (Channel.WHATSAPP, Category.SERVICE): gettext_lazy(
        "Did not agree to WhatsApp messages about membership and bookings, or opted out."
    ),
    (Channel.IN_APP, ""): gettext_lazy("Opted out of in-app messages."),
    (Channel.IN_APP, Category.MARKETING): gettext_lazy("Opted out of in-app messages with offers and news."),
    (Channel.IN_APP, Category.SERVICE): gettext_lazy(
        "Opted out of in-app messages about membership and bookings."
    ),
}
ASKED = {
    Category.MARKETING: gettext_lazy("has not opted out of offers and news"),
    Category.SERVICE: gettext_lazy("has not opted out of messages about membership and bookings"),
}


def words_about(channel: str, category: str) -> QuerySet[ConsentRecord]:
    """What was said that concerns this category, the latest first; a word without a category concerns all of them."""
    said = ConsentRecord.objects.filter(channel=channel, category__in=["", category])
    return said.order_by("-recorded_at", "-id")


class ConsentGate(MemberGate):
    reason = "opted_out"

    def blocks(self, channel: str, category: str) -> Q:
        latest = words_about(channel, category).filter(member=OuterRef("pk"))
        word: Any = Subquery(latest.values("is_granted")[:1])
        if channel == Channel.WHATSAPP:
            word = Coalesce(word, Value(False))
        return Q(Exact(word, Value(False)))

    def question(self, channel: str, category: str) -> str:
        return _("agreed to WhatsApp") if channel == Channel.WHATSAPP else str(ASKED[Category(category)])

    def seen(self, member: Member, channel: str, is_blocked: bool) -> str:
        if channel == Channel.WHATSAPP:
            return _("has not agreed, or opted out") if is_blocked else _("agreed")
        return _("opted out") if is_blocked else _("no objection")

    def text(self, channel: str, category: str = "") -> str:
        return str(SAID[Channel(channel), category])
