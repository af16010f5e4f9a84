"""A club: its zone, its voice, its hours for messages, and the staff who may see it."""

import datetime as dt
import zoneinfo
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from members.rules.wording import DEFAULT_LOCALE, locales


def validate_time_zone(name: str) -> None:
    """Refuse what is not the name of an IANA time zone."""
    try:
        zoneinfo.ZoneInfo(name)
        if name.startswith(("right/", "posix/")):  # Files of some systems that no database knows.
            raise ValueError(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValidationError(
            _("“%(name)s” is no time zone. Write it like Europe/Zurich or America/New_York."),
            params={"name": name},
        ) from error


class ClubQuerySet(models.QuerySet["Club"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> "ClubQuerySet":
        """The clubs that this person works for; all of them for a superuser, none for somebody not logged in."""
        if user.pk is None:
            return self.none()
        if getattr(user, "is_superuser", False):
            return self
        return self.filter(staff=user.pk)

    def get_by_natural_key(self, slug: str) -> "Club":
        return self.get(slug=slug)


class Club(models.Model):
    name = models.CharField(max_length=100)
    slug = models.SlugField(_("short name"), unique=True)
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("For example Europe/Zurich. The club's days begin and end in it."),
    )
    currency = models.CharField(
        max_length=3,
        default="USD",
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Three capital letters, like USD."))],
    )
    locale = models.CharField(
        _("way of writing"),
        max_length=10,
        choices=locales,
        default=DEFAULT_LOCALE,
        help_text=_("How days, hours, and money are written, for staff and in messages."),
    )
    sms_part_price = models.PositiveIntegerField(
        _("price of one part of a text"),
        default=0,
        help_text=_("In millionths of the currency's unit, as the carrier bills it; 0 if not known."),
    )
    email_price = models.PositiveIntegerField(
        _("price of one e-mail"),
        default=0,
        db_default=0,
        help_text=_("In millionths of a US dollar, in which AWS bills; 0 if not known."),
    )
    whatsapp_price = models.PositiveIntegerField(
        _("price of one WhatsApp message"),
        default=0,
        db_default=0,
        help_text=_("In millionths of a US dollar, in which AWS bills; 0 if not known."),
    )
    booking_link = models.URLField(blank=True, help_text=_("Where members book a class."))
    sender_name = models.CharField(
        max_length=100, blank=True, help_text=_("The name on e-mails; the club's if empty.")
    )
    sender_email = models.EmailField(
        _("sender e-mail"), blank=True, help_text=_("The address e-mails come from, verified at Amazon SES.")
    )
    short_links = models.BooleanField(
        _("short links in texts"),
        default=False,
        db_default=False,
        help_text=_(
            "Links in texts become short ones of Rollcall's own address, and it is counted who follows them. "
            "E-mails are not touched."
        ),
    )
    sms_sender = models.CharField(
        _("name for texts"),
        max_length=11,
        blank=True,
        validators=[
            RegexValidator(
                r"^(?=.*[A-Za-z])[A-Za-z0-9-]{3,11}\Z",
                _("3 to 11 letters, digits or hyphens, with a letter."),
            )
        ],
        help_text=_("The name that texts show, where the country allows one."),
    )
    sms_number = models.CharField(
        _("number for texts"),
        max_length=16,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^\+[1-9][0-9]{6,14}\Z", _("Write the number like +41791234567."))],
        help_text=_(
            "Texts come from it and members can answer to it: one that you rent at the provider, with replies switched on. "
            "A name above wins over it, where the country allows names; nobody can answer to a name."
        ),
    )
    whatsapp_number = models.CharField(
        _("number for WhatsApp"),
        max_length=115,
        blank=True,
        default="",
        db_default="",
        validators=[
            RegexValidator(
                r"^phone-number-id-[0-9A-Za-z]+\Z",
                _("Write what AWS calls the number, like phone-number-id-976c72a700aac43eaf573ae050c0ffee."),
            )
        ],
        help_text=_(
            "What AWS calls the number that the club's WhatsApp messages come from and that members write to; the one of the "
            "installation if empty."
        ),
    )
    send_from = models.TimeField(
        default=dt.time(8), help_text=_("Quiet until then, in the member's time zone or else the club's.")
    )
    send_until = models.TimeField(default=dt.time(20), help_text=_("Quiet from then on."))
    daily_check_at = models.TimeField(
        default=dt.time(4), help_text=_("When each day's check runs, in the club's time zone.")
    )
    sending_paused = models.BooleanField(
        default=False, help_text=_("Nothing leaves while this is on; what is due waits.")
    )
    hourly_ceiling = models.PositiveIntegerField(
        _("messages in an hour at most"),
        null=True,
        blank=True,
        default=5_000,
        validators=[MinValueValidator(1)],
        help_text=_("In any 60 minutes, of all workflows together; what is more waits. Empty for no limit."),
    )
    cap_messages = models.PositiveSmallIntegerField(
        _("messages to one member at most"),
        null=True,
        blank=True,
        default=3,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Of all workflows together, in so many days as the line below says; what is more waits. Empty for no limit."
        ),
    )
    cap_days = models.PositiveSmallIntegerField(
        _("in so many days"), default=7, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    keep_words_days = models.PositiveSmallIntegerField(
        _("keep the words of messages for so many days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(30), MaxValueValidator(3_650)],
        help_text=_(
            "After that the subject and text of a message are deleted, and what members answered; who got which message "
            "when, and what became of it, is kept. Empty to keep them."
        ),
    )
    keeps_addresses = models.BooleanField(
        _("keep the addresses"),
        default=True,
        db_default=True,
        help_text=_("Off: the number or e-mail address that a message went to is deleted with its words."),
    )
    staff = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="clubs")

    history = HistoricalRecords(m2m_fields=[staff])
    objects = ClubQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [
            ("brake_club", _("Can pause sending for a club, let it go on, and set its hourly ceiling"))
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(send_from__lt=models.F("send_until")),
                name="club_sends_during_the_day",
                violation_error_message=_("The hours for messages must begin before they end."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[Any, ...]:
        return (self.slug,)

    @property
    def can_be_answered(self) -> bool:
        """Whether a member can write back to a text: not to a name, and not to a number that is not the club's."""
        return bool(self.sms_number and not self.sms_sender)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def language(self) -> str:
        """That of its way of writing, like en."""
        return self.locale.partition("_")[0]

    def today(self, now: dt.datetime) -> dt.date:
        """The calendar day at `now` in the club's zone."""
        return now.astimezone(self.zone).date()
