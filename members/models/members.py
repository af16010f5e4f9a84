"""A member of a club: names, addresses, membership and when she last came."""

import datetime as dt
import zoneinfo
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from members.models.clubs import Club, validate_time_zone
from members.models.natural_keys import ByNameInClub, NamedInClub
from members.rules.wording import languages

E164 = r"^\+[1-9][0-9]{6,14}\Z"


class MembershipStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    FROZEN = "frozen", _("Frozen")
    CANCELED = "canceled", _("Canceled")


class Stage(models.TextChoices):
    LEAD = "lead", _("Lead")
    TRIAL = "trial", _("Trial")
    MEMBER = "member", _("Member")
    FORMER = "former", _("Former member")


class Origin(models.TextChoices):
    WEB = "web", _("Website")
    REFERRAL = "referral", _("Referral")
    WALK_IN = "walk_in", _("Walk-in")
    PHONE = "phone", _("Phone")
    OTHER = "other", _("Other")


class FollowUpStatus(models.TextChoices):
    """Every person has exactly one; members/rules/follow_up.py says which."""

    ACTIVE = "active", _("Active Customer")
    DELINQUENT = "delinquent", _("Delinquent Customer")
    SUSPENDED = "suspended", _("Active Customer - Suspended")
    DROP_IN = "drop_in", _("Drop-In")
    RENEWAL = "renewal", _("Renewal Opportunity")
    CANCELED = "canceled", _("Canceled Customer")
    EXPIRED = "expired", _("Expired Customer")
    COLLECTIONS = "collections", _("Collections Customer")
    LEAD = "lead", _("Lead")
    WEB_LEAD = "web_lead", _("Web Lead")
    REFERRAL = "referral", _("Referral")
    TRIAL_BOOKED = "trial_booked", _("Trial Booked")
    TRIAL_NO_SHOW = "trial_no_show", _("Trial No Show")
    TRIAL_NO_SALE = "trial_no_sale", _("Trial Show - No Sale")


class Member(NamedInClub):
    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="members")
    external_id = models.CharField(
        _("member ID"), max_length=64, help_text=_("The club's own number for this person.")
    )
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(
        max_length=16,
        blank=True,
        validators=[
            RegexValidator(E164, _("Write the number like +41791234567: plus sign, country code, no spaces."))
        ],
    )
    phone_is_dialable = models.BooleanField(
        default=False, editable=False, help_text=_("False for a number that no network could connect.")
    )
    birthday_on = models.DateField(_("birthday"), null=True, blank=True)
    joined_on = models.DateField(_("joined"), null=True, blank=True)
    last_attended_at = models.DateTimeField(_("last attended"), null=True, blank=True)
    membership_status = models.CharField(
        max_length=10, choices=MembershipStatus.choices, default=MembershipStatus.ACTIVE
    )
    membership_level = models.CharField(max_length=50, blank=True)
    is_recurring = models.BooleanField(
        _("recurring"), default=False, help_text=_("The membership renews by itself.")
    )
    trainer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="trained_members",
    )
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Only if it differs from the club's."),
    )
    language = models.CharField(
        max_length=10,
        choices=languages,
        blank=True,
        default="",
        db_default="",
        help_text=_("In which messages are written, where they are written in it; the club's if empty."),
    )
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.MEMBER)
    origin = models.CharField(
        max_length=10,
        choices=Origin.choices,
        blank=True,
        default="",
        db_default="",
        help_text=_("How a prospect came to the club."),
    )
    inquired_on = models.DateField(
        _("inquired"), null=True, blank=True, help_text=_("The day on which a prospect first asked.")
    )
    follow_up_status = models.CharField(
        max_length=13,
        choices=FollowUpStatus.choices,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("Empty for the moment until it is worked out."),
    )
    follow_up_status_since = models.DateTimeField(_("since"), null=True, editable=False)
    retention_risk = models.FloatField(
        _("retention risk"),
        default=0.0,
        db_default=0.0,
        editable=False,
        help_text=_("From 0 to 1; 0 for prospects and whoever is frozen, canceled, or without any visit."),
    )
    retention_risk_since = models.DateTimeField(
        null=True, editable=False, help_text=_("When the risk last became one to watch.")
    )
    retention_risk_reasons = models.CharField(
        max_length=60, blank=True, default="", db_default="", editable=False
    )
    """Which parts of the score weigh, as members/rules/risk.py names them, the heaviest possible first."""
    custom = models.JSONField(
        _("own fields"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    """By name the values of the club's own fields, of the types that `CustomField` says; what is not known is left out."""

    changed_at = models.DateTimeField(_("changed"), null=True, blank=True, editable=False)
    """When the newest fact came true that another system told of her; an older one does not overwrite it."""

    told_at = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), editable=False)
    """By field, when the newest fact about it came true that another system told of: fields come singly and in any order."""

    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)
    """Since when nothing is known of her any more: she asked for it, and only what was counted is left."""

    WORKED_OUT = (
        "follow_up_status",
        "follow_up_status_since",
        "retention_risk",
        "retention_risk_since",
        "retention_risk_reasons",
    )
    """Written by operations/follow_up.py and operations/risk.py alone."""

    history = HistoricalRecords()
    objects = ByNameInClub["Member"]()

    class Meta:
        ordering = ["id"]
        permissions = [
            ("erase_member", _("Can erase a member on request")),
            ("export_everything", _("Can export everything that is stored of a member")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "external_id"],
                name="member_external_id_unique_in_club",
                violation_error_message=_("Another member of this club has this ID."),
            ),
            models.CheckConstraint(
                condition=models.Q(membership_status__in=MembershipStatus.values),
                name="member_membership_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(retention_risk__gte=0, retention_risk__lte=1),
                name="member_retention_risk_from_0_to_1",
            ),
        ]
        indexes = [
            models.Index(fields=["club", "last_attended_at"], name="member_club_last_attended"),
            models.Index(fields=["club", "id"], name="member_club_id"),
            # The list's sorts, and its filters by what only some are. Its search has an index on PostgreSQL (migration 0003).
            models.Index(fields=["last_attended_at", "id"], name="member_last_attended"),
            models.Index(fields=["first_name", "last_name", "id"], name="member_name"),
            models.Index(
                fields=["club", "membership_status", "id"],
                condition=models.Q(membership_status__in=["frozen", "canceled"]),
                name="member_not_active",
            ),
            models.Index(
                fields=["club", "stage", "id"],
                condition=models.Q(stage__in=["lead", "trial", "former"]),
                name="member_not_member",
            ),
            models.Index(fields=["club", "follow_up_status", "id"], name="member_club_follow_up"),
            models.Index(fields=["retention_risk", "id"], name="member_risk"),
            # Who shares an address, and whose a text is that came in; with the key, so that the row itself need not be read.
            models.Index(fields=["phone", "id"], condition=~models.Q(phone=""), name="member_phone"),
            models.Index(Lower("email"), "id", condition=~models.Q(email=""), name="member_email_lower"),
            # Whom nothing reaches.
            models.Index(fields=["club", "id"], condition=models.Q(phone=""), name="member_no_phone"),
            models.Index(fields=["club", "id"], condition=models.Q(email=""), name="member_no_email"),
            models.Index(
                fields=["club", "retention_risk", "id"],
                condition=models.Q(retention_risk__gt=0),
                name="member_club_risk",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """Her own time zone, else the club's."""
        return zoneinfo.ZoneInfo(self.time_zone) if self.time_zone else self.club.zone

    def last_attended_on(self) -> dt.date | None:
        """The day of her last visit in the club's zone."""
        return self.last_attended_at.astimezone(self.club.zone).date() if self.last_attended_at else None

    def clean(self) -> None:
        """Refuse dates that can only be slips; one in the future would hide the member from every rule."""
        if not self.club_id:
            return
        today = self.club.today(timezone.now())
        for field, day in (
            ("last_attended_at", self.last_attended_on()),
            ("birthday_on", self.birthday_on),
            ("joined_on", self.joined_on),
            ("inquired_on", self.inquired_on),
        ):
            if day and not dt.date(1900, 1, 1) <= day <= today:
                raise ValidationError({field: _("Must be a day between 1900 and today.")})

        recorded = self.visits.order_by("-attended_at").first() if self.pk else None
        if recorded and (not self.last_attended_at or self.last_attended_at < recorded.attended_at):
            day = recorded.attended_at.astimezone(self.club.zone).date()
            raise ValidationError(
                {
                    "last_attended_at": _(
                        "A later visit is recorded, on %(day)s. Open the page again to see it."
                    )
                    % {"day": day}
                }
            )

    def save(self, **kwargs: Any) -> None:
        from members.rules.phones import is_dialable

        self.phone_is_dialable = is_dialable(self.phone)
        if kwargs.get("update_fields") and "phone" in kwargs["update_fields"]:
            kwargs["update_fields"] = {*kwargs["update_fields"], "phone_is_dialable"}
        if not self._state.adding and not kwargs.get("update_fields") and not kwargs.get("force_insert"):
            # What was read some time ago must not undo what was worked out since.
            kwargs["update_fields"] = {
                field.name for field in self._meta.concrete_fields if not field.primary_key
            } - set(self.WORKED_OUT)
        super().save(**kwargs)
