"""An offer: a discount that one member may redeem once, by its code, until it expires."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club
from members.models.members import Member


class Offer(models.Model):
    """So many percent off, or `amount` in the currency's smallest unit; never both."""

    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="offers")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="offers")
    code = models.CharField(max_length=20, unique=True)
    what = models.CharField(_("for"), max_length=100, blank=True, help_text=_("Such as “your next month”."))
    percent = models.PositiveSmallIntegerField(
        _("percent off"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    amount = models.PositiveBigIntegerField(_("amount off"), null=True, blank=True)
    currency = models.CharField(
        max_length=3,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Three capital letters, like USD."))],
    )
    made_at = models.DateTimeField(_("made"))
    expires_on = models.DateField(
        _("good until"), help_text=_("The last day on which it may be used, by the club's calendar.")
    )
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    cause = models.CharField(
        max_length=160, blank=True, editable=False, help_text=_("What made it, so that it is made once.")
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "cause"], condition=~Q(cause=""), name="offer_once_per_cause"
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=100, amount=None, currency="")
                | (Q(percent=None, amount__gte=1) & ~Q(currency="")),
                name="offer_percent_or_amount",
                violation_error_message=_("Say either a percentage or an amount."),
            ),
        ]
        indexes = [
            models.Index(fields=["club", "id"], name="offer_club"),
            models.Index(fields=["expires_on", "id"], name="offer_expires"),
        ]

    def __str__(self) -> str:
        return self.code
