"""Dated documents: what a member has handed in or signed, and until when it is good."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club
from members.models.members import Member
from members.models.natural_keys import ByNameInClub, NamedInClub


class Document(NamedInClub):
    """Good through `expires_on`, a day in the club's zone; `changed_at` is when the newest fact taken in came true."""

    class Kind(models.TextChoices):
        VACCINATION = "vaccination", _("Vaccination")
        MEDICAL_CLEARANCE = "medical_clearance", _("Medical clearance")
        WAIVER = "waiver", _("Waiver")
        CERTIFICATE = "certificate", _("Certificate")

    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="documents")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="documents")
    external_id = models.CharField(
        _("document ID"), max_length=64, help_text=_("The club's own number for this document.")
    )
    kind = models.CharField(max_length=17, choices=Kind.choices)
    name = models.CharField(
        max_length=100,
        blank=True,
        help_text=_(
            "Where the kind does not say it all, like “First aid”. A newer one of the same name replaces it."
        ),
    )
    issued_on = models.DateField(_("issued"), null=True, blank=True)
    expires_on = models.DateField(
        _("good until"), null=True, blank=True, help_text=_("The last day; empty if it does not expire.")
    )
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True, editable=False)

    objects = ByNameInClub["Document"]()

    class Meta:
        ordering = ["-expires_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "external_id"],
                name="document_external_id_unique_in_club",
                violation_error_message=_("Another document of this club has this ID."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["vaccination", "medical_clearance", "waiver", "certificate"]),
                name="document_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(issued_on=None)
                | models.Q(expires_on=None)
                | models.Q(expires_on__gte=models.F("issued_on")),
                name="document_expires_after_it_is_issued",
                violation_error_message=_("It cannot expire before it is issued."),
            ),
        ]
        indexes = [
            models.Index(fields=["expires_on", "id"], name="document_expires"),
            # What workflows look for.
            models.Index(fields=["club", "expires_on"], name="document_expires_in_club"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.get_kind_display())
