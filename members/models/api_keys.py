"""Keys by which a club's other systems reach the API, and what was answered to requests that may come twice."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club


class Scope(models.TextChoices):
    """What a key may do."""

    READ_MEMBERS = "members:read", _("Read members with their status")
    WRITE_MEMBERS = "members:write", _("Write members")
    WRITE_VISITS = "visits:write", _("Write visits")
    WRITE_AGREEMENTS = "agreements:write", _("Write agreements")
    WRITE_PAYMENTS = "payments:write", _("Write payments")
    WRITE_BOOKINGS = "bookings:write", _("Write classes and bookings")
    WRITE_DOCUMENTS = "documents:write", _("Write documents")
    WRITE_CONSENTS = "consents:write", _("Write consents")
    READ_MESSAGES = "messages:read", _("Read what was sent")
    SIGN_MEMBERS_IN = "members:sign_in", _("Let members into their own page, in the club's app")


class ApiKey(models.Model):
    """The key itself is shown once and not kept: a row knows its beginning and a hash of the whole."""

    club = models.ForeignKey(Club, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, help_text=_("The system that will use it, such as “Till”."))
    prefix = models.CharField(_("begins with"), max_length=20, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("may"), default=list)
    requests_per_minute = models.PositiveIntegerField(
        default=1200,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text=_("More are refused until the next minute. One request may bring up to 1,000 items."),
    )
    created_at = models.DateTimeField(_("made"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    minute = models.DateTimeField(null=True, editable=False, help_text=_("The minute that is counted."))
    taken = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Requests that processes took out for that minute.")
    )

    class Meta:
        verbose_name = _("API key")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class ApiAnswer(models.Model):
    """The answer to a request that named itself by an Idempotency-Key, so that it is carried out once."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, db_index=False, related_name="answers")
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, help_text=_("Of the request, to know it again."))
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(_("made"))

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["api_key", "name"], name="api_answer_once_per_name")]
        indexes = [models.Index(fields=["created_at"], name="api_answer_oldest")]

    def __str__(self) -> str:
        return self.name
