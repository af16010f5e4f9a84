"""The outbox and the log in one: each message from the moment it is wanted to what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Club, Member
from messaging.models.templates import Channel, MessageTemplate

ORIGIN_OF_ANSWERS = "answer"
"""What answers by itself to somebody who asked for help, at once."""


class Message(models.Model):
    """A message to one member.

    queued → claimed → sending → sent | failed | unknown, or back to queued for another attempt, or skipped.
    `claimed` is safe to take back: nothing has left. `sending` is not: a process that died there may have sent it.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        CLAIMED = "claimed", _("Being prepared")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Outcome unknown")
        SKIPPED = "skipped", _("Skipped")

    class Fate(models.TextChoices):
        """What the provider told of it after it had taken it; in the order in which a later one outweighs the others."""

        DELAYED = "delayed", _("Delayed")
        RETURNED = "returned", _("Returned")
        DELIVERED = "delivered", _("Delivered")
        OPENED = "opened", _("Opened")
        CLICKED = "clicked", _("Clicked")
        REFUSED = "refused", _("Not delivered")
        BOUNCED = "bounced", _("Bounced")
        COMPLAINED = "complained", _("Marked as spam")

    class Priority(models.IntegerChoices):
        """Of several that were held back, which leaves first."""

        LOW = 0, _("Low")
        NORMAL = 1, _("Normal")
        HIGH = 2, _("High")

    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="messages")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False, related_name="messages")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    origin = models.CharField(
        max_length=60, help_text=_("What asked for it, such as a workflow's short name.")
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        db_index=False,
        related_name="+",
        help_text=_("Who of the staff sent it by hand."),
    )
    token = models.UUIDField(
        null=True,
        editable=False,
        help_text=_("What the question handed out, so that one answer is one message."),
    )
    template = models.ForeignKey(
        MessageTemplate, on_delete=models.SET_NULL, null=True, related_name="messages"
    )
    template_version = models.PositiveIntegerField(null=True)
    variant = models.CharField(
        max_length=1,
        blank=True,
        default="",
        db_default="",
        help_text=_("Which of several wordings: A is the first."),
    )
    priority = models.PositiveSmallIntegerField(
        choices=Priority.choices, default=Priority.NORMAL, db_default=Priority.NORMAL
    )
    is_capped = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_(
            "Counts for the club's limit of messages to one member, and waits where that is reached."
        ),
    )
    context = models.JSONField(default=dict, help_text=_("The occurrence's own values for the placeholders."))
    language = models.CharField(
        max_length=10, blank=True, default="", db_default="", help_text=_("In which it was written.")
    )
    own_words = models.JSONField(
        null=True,
        editable=False,
        help_text=_("By field of the template, what somebody wrote for this one message instead."),
    )
    address = models.CharField(_("to"), max_length=254, blank=True)
    address_key = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("Names what is sent there once, where several members share the address."),
    )
    subject = models.CharField(max_length=1000, blank=True)
    text_body = models.TextField(_("text"), blank=True)
    html_body = models.TextField(_("HTML"), blank=True)
    action_url = models.CharField(
        _("link"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text=_("Where an in-app message leads."),
    )

    status = models.CharField(max_length=8, choices=Status.choices, default=Status.QUEUED)
    reason = models.CharField(max_length=30, blank=True, help_text=_("Why it was skipped."))
    error = models.TextField(blank=True, help_text=_("What the provider or the template said."))
    provider_id = models.CharField(max_length=120, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(_("created"))
    due_at = models.DateTimeField(_("not before"))
    expires_at = models.DateTimeField(_("of no use after"), null=True)
    claim = models.UUIDField(null=True, editable=False)
    claimed_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True)
    ended_at = models.DateTimeField(_("settled"), null=True)
    blanked_at = models.DateTimeField(
        _("words deleted"), null=True, help_text=_("As the club's page says, or since the member was erased.")
    )

    fate = models.CharField(
        _("what became of it"), max_length=10, choices=Fate.choices, blank=True, default="", db_default=""
    )
    fate_reason = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text=_("Why it did not arrive.")
    )
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    opened_at = models.DateTimeField(_("opened"), null=True)
    clicked_at = models.DateTimeField(_("clicked"), null=True)
    cost = models.BigIntegerField(
        null=True, help_text=_("What the provider billed, in millionths of a US dollar.")
    )
    parts = models.PositiveSmallIntegerField(null=True, help_text=_("Into how many the carrier split it."))
    carrier = models.CharField(max_length=60, blank=True, default="", db_default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=["queued", "claimed", "sending", "sent", "failed", "unknown", "skipped"]
                ),
                name="message_status_known",
            ),
            models.UniqueConstraint(
                fields=["token"], condition=Q(token__isnull=False), name="message_once_per_token"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "-priority", "id"], condition=Q(status="queued"), name="message_due"
            ),
            models.Index(
                fields=["claimed_at"], condition=Q(status__in=["claimed", "sending"]), name="message_in_hand"
            ),
            # What was settled lately: counted each minute, and looked through for refusals.
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="message_ended"),
            # The log, newest first: of all clubs, of one, and of one by each of its filters. Those of a status or a reason
            # leave out what goes well, so that sending writes to neither.
            models.Index(fields=["created_at", "id"], name="message_log"),
            models.Index(fields=["club", "created_at", "id"], name="message_log_club"),
            models.Index(fields=["club", "origin", "created_at", "id"], name="message_log_origin"),
            models.Index(fields=["club", "channel", "created_at", "id"], name="message_log_channel"),
            models.Index(
                fields=["club", "status", "created_at", "id"],
                condition=Q(status__in=["failed", "unknown", "skipped"]),
                name="message_log_status",
            ),
            models.Index(
                fields=["club", "fate", "created_at", "id"],
                condition=Q(fate__in=["returned", "refused", "bounced", "complained"]),
                name="message_log_fate",
            ),
            models.Index(
                fields=["club", "reason", "created_at", "id"],
                condition=~Q(reason=""),
                name="message_log_reason",
            ),
            models.Index(fields=["member", "-id"], name="message_member_newest"),
            # How much of a club left within the hour.
            models.Index(fields=["club", "sent_at"], condition=Q(status="sent"), name="message_sent_of_club"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="message_provider_id"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.pk}"


class MessageEvent(models.Model):
    """One thing that happened to a message: an attempt and its outcome, a hold, a settlement by hand, what the provider or
    the member did afterwards."""

    class Kind(models.TextChoices):
        SENT = "sent", _("Sent")
        RETRY = "retry", _("Will be tried again")
        HELD = "held", _("Held back")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Outcome unknown")
        SKIPPED = "skipped", _("Skipped")
        REQUEUED = "requeued", _("Taken back")
        SETTLED = "settled", _("Settled by hand")
        ACCEPTED = "accepted", _("Taken by the provider")
        DELIVERED = "delivered", _("Delivered")
        DELAYED = "delayed", _("Delayed")
        RETURNED = "returned", _("Returned")
        REFUSED = "refused", _("Not delivered")
        BOUNCED = "bounced", _("Bounced")
        COMPLAINED = "complained", _("Marked as spam")
        OPENED = "opened", _("Opened")
        CLICKED = "clicked", _("Clicked")
        REPLIED = "replied", _("Answered")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    happened_at = models.DateTimeField(_("when"))
    detail = models.TextField(blank=True)
    key = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("Of what was told from outside: the same for the same event, however often it is told."),
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "key"], condition=~Q(key=""), name="message_event_told_once"
            )
        ]
        indexes = [models.Index(fields=["kind", "id"], name="message_event_kind")]

    def __str__(self) -> str:
        return self.get_kind_display()
