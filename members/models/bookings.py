"""Classes as they stand in the calendar, and who booked a place in them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club
from members.models.members import Member
from members.models.natural_keys import ByNameInClub, NamedInClub


class ClassSession(NamedInClub):
    """One class at one time; `changed_at` is when the newest fact taken in came true."""

    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="class_sessions")
    external_id = models.CharField(
        _("class ID"), max_length=64, help_text=_("The club's own number for this class.")
    )
    name = models.CharField(max_length=100)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    is_canceled = models.BooleanField(_("canceled"), default=False)
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True, editable=False)

    objects = ByNameInClub["ClassSession"]()

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "external_id"],
                name="class_session_external_id_unique_in_club",
                violation_error_message=_("Another class of this club has this ID."),
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("starts_at")),
                name="class_session_ends_after_it_starts",
                violation_error_message=_("The class must end after it starts."),
            ),
        ]
        indexes = [
            models.Index(fields=["club", "starts_at"], name="class_session_club_starts"),
            models.Index(fields=["starts_at", "id"], name="class_session_starts"),
        ]

    def __str__(self) -> str:
        return self.name


class Booking(NamedInClub):
    """A member's place in a class; `changed_at` is when the newest fact taken in came true."""

    class Status(models.TextChoices):
        BOOKED = "booked", _("Booked")
        CONFIRMED = "confirmed", _("Confirmed")
        ATTENDED = "attended", _("Attended")
        NO_SHOW = "no_show", _("No-show")
        CANCELED = "canceled", _("Canceled")

    COMING = (Status.BOOKED, Status.CONFIRMED)

    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="bookings")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, db_index=False, related_name="bookings")
    class_session = models.ForeignKey(
        ClassSession, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("class")
    )
    external_id = models.CharField(
        _("booking ID"), max_length=64, help_text=_("The club's own number for this booking.")
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.BOOKED)
    booked_at = models.DateTimeField(_("booked"), null=True, blank=True)
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True, editable=False)
    first_told_at = models.DateTimeField(_("first told"), null=True, blank=True, editable=False)
    """When the first fact about it that was taken in came true; the booking's own instant where nobody told that."""
    status_since = models.DateTimeField(_("status since"), null=True, blank=True, editable=False)
    """When the fact that brought its present status came true."""

    SINCE: ClassVar[dict[str, str]] = {"first_told_at": "", "status_since": "status"}
    """The instants that a fact leaves behind, each with the field that must change for a later one to move it; none if empty."""

    objects = ByNameInClub["Booking"]()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "external_id"],
                name="booking_external_id_unique_in_club",
                violation_error_message=_("Another booking of this club has this ID."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["booked", "confirmed", "attended", "no_show", "canceled"]),
                name="booking_status_known",
            ),
        ]
        indexes = [
            models.Index(fields=["booked_at", "id"], name="booking_booked"),
            # What workflows look for: a member's latest, and everybody's of the last weeks.
            models.Index(fields=["member", "first_told_at"], name="booking_of_member"),
            models.Index(fields=["member", "status_since"], name="booking_of_member_since"),
            models.Index(fields=["club", "first_told_at"], name="booking_first_told"),
            models.Index(fields=["club", "status", "status_since"], name="booking_status_since"),
        ]

    def __str__(self) -> str:
        return self.external_id
