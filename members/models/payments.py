"""A payment: what is due for an agreement or otherwise, and whether it came."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.agreements import Agreement
from members.models.clubs import Club
from members.models.members import Member
from members.models.natural_keys import ByNameInClub, NamedInClub


class Payment(NamedInClub):
    """`amount` in the currency's smallest unit; `changed_at` is when the newest fact taken in came true."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Failed")
        REFUNDED = "refunded", _("Refunded")

    OWED = (Status.PENDING, Status.FAILED)

    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="payments")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="payments")
    agreement = models.ForeignKey(
        Agreement, on_delete=models.SET_NULL, null=True, blank=True, related_name="payments"
    )
    external_id = models.CharField(
        _("payment ID"), max_length=64, help_text=_("The club's own number for this payment.")
    )
    amount = models.PositiveBigIntegerField(help_text=_("In the currency's smallest unit, such as cents."))
    currency = models.CharField(
        max_length=3, validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Three capital letters, like USD."))]
    )
    due_on = models.DateField(_("due"))
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True, editable=False)

    objects = ByNameInClub["Payment"]()

    class Meta:
        ordering = ["-due_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "external_id"],
                name="payment_external_id_unique_in_club",
                violation_error_message=_("Another payment of this club has this ID."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "paid", "failed", "refunded"]),
                name="payment_status_known",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="payment_due"),
            models.Index(
                fields=["agreement", "due_on"],
                condition=models.Q(status__in=["pending", "failed"]),
                name="payment_owed",
            ),
            # What workflows look for.
            models.Index(
                fields=["club", "due_on"],
                condition=models.Q(status__in=["pending", "failed"]),
                name="payment_owed_in_club",
            ),
            models.Index(
                fields=["member", "due_on"],
                condition=models.Q(status__in=["pending", "failed"]),
                name="payment_owed_by_member",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id
