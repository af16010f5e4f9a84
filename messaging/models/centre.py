"""How members come to their own page: links that were asked for, passwords, sessions, and what was read there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import ApiKey, Club, Member
from messaging.models.messages import Message
from messaging.models.templates import Channel


class SignInTry(models.Model):
    """One try to come in, whoever tried: counted by address and by source, neither of which can be read from it."""

    class Way(models.TextChoices):
        LINK = "link", _("Asked for a link")
        PASSWORD = "password", _("Typed a password")
        TOKEN = "token", _("Opened a link")

    way = models.CharField(max_length=8, choices=Way.choices)
    address_digest = models.CharField(max_length=64, blank=True)
    source_digest = models.CharField(max_length=64)
    tried_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["address_digest", "way", "tried_at"], name="sign_in_try_address"),
            models.Index(fields=["source_digest", "way", "tried_at"], name="sign_in_try_source"),
            models.Index(fields=["tried_at"], name="sign_in_try_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()}, {self.tried_at:%Y-%m-%d %H:%M} UTC"


class SignInLink(models.Model):
    """asked → made and sent, where the address is somebody's → used. The link itself is not kept, only a hash of it.

    A row is written whether or not anybody has the address, and forgets it as soon as that was looked up.
    """

    club = models.ForeignKey(
        Club,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        help_text=_("Whose page it was asked on, if that was one club's."),
    )
    channel = models.CharField(max_length=8, choices=Channel.choices)
    addresses = models.JSONField(
        default=list, help_text=_("What may have been meant, until it was looked up.")
    )
    asked_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, help_text=_("Whoever looks it up takes it first."))
    member = models.ForeignKey(Member, on_delete=models.CASCADE, null=True, related_name="+")
    prefix = models.CharField(max_length=8, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["prefix"], condition=~models.Q(prefix=""), name="sign_in_link_once_per_prefix"
            )
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=models.Q(taken_at=None), name="sign_in_link_not_taken"
            ),
            models.Index(fields=["asked_at", "id"], name="sign_in_link_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M} UTC"


class MemberPassword(models.Model):
    """The password that a member chose, as Django hashes those of the staff."""

    member = models.OneToOneField(
        Member, on_delete=models.CASCADE, primary_key=True, related_name="centre_password"
    )
    password = models.CharField(max_length=128)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.member)


class MemberSession(models.Model):
    """A member who is signed in: a browser by its cookie, or an app by its token; of both only a hash is kept."""

    class Way(models.TextChoices):
        LINK = "link", _("By link")
        PASSWORD = "password", _("By password")
        KEY = "key", _("By the club's app")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="centre_sessions")
    way = models.CharField(max_length=8, choices=Way.choices)
    channel = models.CharField(max_length=8, choices=Channel.choices, blank=True)
    address_digest = models.CharField(
        max_length=64,
        blank=True,
        help_text=_(
            "Of the address that the link was sent to: once it is not the member's any more, it ends."
        ),
    )
    has_chosen = models.BooleanField(default=True, help_text=_("Which of those who share the address."))
    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, null=True, related_name="+")
    for_app = models.BooleanField(default=False)
    prefix = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    minute = models.DateTimeField(
        null=True, help_text=_("The minute in which an app's requests are counted.")
    )
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="member_session_oldest")]

    def __str__(self) -> str:
        return f"{self.member}, {self.get_way_display()}"


class MessageReceipt(models.Model):
    """What a member did with a message on their own page. Beside the message, whose row is written by those who send."""

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="receipt"
    )
    read_at = models.DateTimeField(_("read"), null=True)
    followed_at = models.DateTimeField(_("link followed"), null=True)
    dismissed_at = models.DateTimeField(_("put away"), null=True)

    def __str__(self) -> str:
        return str(self.message_id)
