"""An agreement: what a member bought, what is left of it, and how she stands with it."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club
from members.models.members import Member
from members.models.natural_keys import ByNameInClub, NamedInClub


class Agreement(NamedInClub):
    """One row per agreement of the club's own system; `changed_at` is when the newest fact taken in came true."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        INACTIVE = "inactive", _("Inactive")
        COLLECTIONS = "collections", _("In collections")

    class Alert(models.TextChoices):
        CANCELED = "canceled", _("Canceled")
        EXPIRED = "expired", _("Expired")

    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="agreements")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="agreements")
    external_id = models.CharField(
        _("agreement ID"), max_length=64, help_text=_("The club's own number for this agreement.")
    )
    name = models.CharField(_("plan"), max_length=100, blank=True)
    purchased_on = models.DateField(_("purchased"))
    sessions_bought = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("Empty if unlimited.")
    )
    sessions_left = models.PositiveIntegerField(null=True, blank=True, help_text=_("Empty if unlimited."))
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.ACTIVE)
    alert = models.CharField(
        max_length=8, choices=Alert.choices, blank=True, default="", help_text=_("Why an inactive one ended.")
    )
    is_suspended = models.BooleanField(_("suspended"), default=False)
    past_due = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        help_text=_(
            "In the currency's smallest unit, such as cents. Empty if the other system does not say: then its payments do."
        ),
    )
    past_due_since = models.DateField(null=True, blank=True)
    starts_on = models.DateField(_("starts"), null=True, blank=True)
    ends_on = models.DateField(_("ends"), null=True, blank=True)
    is_trial = models.BooleanField(
        _("trial"), default=False, help_text=_("A trial does not make a customer of a prospect.")
    )
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True, editable=False)

    objects = ByNameInClub["Agreement"]()

    class Meta:
        ordering = ["-purchased_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "external_id"],
                name="agreement_external_id_unique_in_club",
                violation_error_message=_("Another agreement of this club has this ID."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "inactive", "collections"]),
                name="agreement_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(alert__in=["", "canceled", "expired"]), name="agreement_alert_known"
            ),
            models.CheckConstraint(
                condition=models.Q(sessions_bought__isnull=True, sessions_left__isnull=True)
                | models.Q(
                    sessions_bought__isnull=False, sessions_bought__gte=1, sessions_left__isnull=False
                ),
                name="agreement_sessions_bought_and_left",
                violation_error_message=_(
                    "Say both how many sessions were bought and how many are left, or neither if unlimited."
                ),
            ),
        ]
        indexes = [models.Index(fields=["purchased_on", "id"], name="agreement_purchased")]

    def __str__(self) -> str:
        return f"{self.name} ({self.external_id})" if self.name else self.external_id
