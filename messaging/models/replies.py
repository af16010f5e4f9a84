"""What members wrote back: each text that came in, once, with what it was taken as and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Club, Member
from messaging.models.messages import Message
from messaging.models.templates import Channel


class InboundMessage(models.Model):
    """Without a member where nobody here has the number; without a club where the number that was written to is no club's."""

    class TakenAs(models.TextChoices):
        REPLY = "reply", _("An answer")
        STOP = "stop", _("Opt-out")
        START = "start", _("Opt-in")
        HELP = "help", _("Question for help")
        AWAY = "away", _("Away for a while")
        NO_OFFERS = "less", _("Opt-out of offers and news")
        OFFERS = "more", _("Opt-in to offers and news")

    OPT_OUTS = (TakenAs.STOP, TakenAs.NO_OFFERS)

    club = models.ForeignKey(
        Club, on_delete=models.CASCADE, null=True, db_index=False, related_name="inbound_messages"
    )
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, null=True, db_index=False, related_name="inbound_messages"
    )
    channel = models.CharField(max_length=8, choices=Channel.choices)
    from_address = models.CharField(_("from"), max_length=254)
    to_address = models.CharField(_("to"), max_length=254, blank=True)
    body = models.TextField(_("text"), blank=True)
    provider_id = models.CharField(
        max_length=120,
        unique=True,
        editable=False,
        help_text=_("The provider's number for it; told twice, it is one."),
    )
    received_at = models.DateTimeField(_("when"))
    blanked_at = models.DateTimeField(_("words deleted"), null=True, editable=False)
    taken_as = models.CharField(_("taken as"), max_length=5, choices=TakenAs.choices)
    in_reply_to = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, editable=False, related_name="replies"
    )
    handled_at = models.DateTimeField(_("done"), null=True, editable=False)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        db_index=False,
        related_name="+",
        help_text=_("Who of the staff looked after it; nobody if nothing was to be done."),
    )
    answer = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, editable=False, related_name="answer_to"
    )

    class Meta:
        verbose_name = _("answer of a member")
        verbose_name_plural = _("answers of members")
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["received_at", "id"], name="inbound_log"),
            models.Index(fields=["club", "received_at", "id"], name="inbound_log_club"),
            models.Index(fields=["member", "received_at"], name="inbound_member"),
            models.Index(fields=["from_address", "received_at"], name="inbound_from"),
            models.Index(
                fields=["club", "received_at"], condition=Q(handled_at=None), name="inbound_unanswered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.pk}"
