"""What staff write: a message's words for one channel, with placeholders."""

import contextlib
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from members.models import Club
from members.models.natural_keys import ByNameInClub, NamedInClub
from members.rules.wording import languages

ICON = re.compile("[a-z0-9_]+")
WHATSAPP_HELP = "help-answer-whatsapp"
"""The short name of what answers HELP there, in words of the club's own: whoever has just written may be told anything."""


class Channel(models.TextChoices):
    SMS = "sms", _("SMS")
    EMAIL = "email", _("E-mail")
    WHATSAPP = "whatsapp", _("WhatsApp")
    IN_APP = "in_app", _("In-app")


class Category(models.TextChoices):
    """What a message is for; members say yes or no to each apart."""

    MARKETING = "marketing", _("Offers and news")
    SERVICE = "service", _("About their membership and bookings")


class MessageTemplate(NamedInClub):
    WORDS = ("subject", "title", "text_body", "html_body", "action_url")
    VERSIONED = (*WORDS, "language", "translations")

    named_by = "slug"

    club = models.ForeignKey(Club, on_delete=models.PROTECT, related_name="message_templates")
    slug = models.SlugField(_("short name"))
    name = models.CharField(max_length=100)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    category = models.CharField(
        _("what it is for"),
        max_length=9,
        choices=Category.choices,
        default=Category.MARKETING,
        db_default=Category.MARKETING.value,
        help_text=_(
            "Offers, news, and anything that asks somebody to come or to buy, or else what a member has to be told, such as "
            "a booking or a payment. Members opt out of each apart."
        ),
    )
    subject = models.CharField(max_length=300, blank=True, help_text=_("E-mail only."))
    title = models.CharField(
        max_length=300, blank=True, help_text=_("Shown above the text of an in-app message.")
    )
    text_body = models.TextField(
        _("text"),
        blank=True,
        help_text=_("What an SMS says; the plain form of an e-mail, made from the HTML if empty."),
    )
    html_body = models.TextField(
        _("HTML"),
        blank=True,
        help_text=_(
            "E-mail only; made from the text if empty. A few paragraphs are enough: the layout stands around them."
        ),
    )
    from_email = models.EmailField(_("from address"), blank=True, help_text=_("The club's if empty."))
    from_name = models.CharField(max_length=100, blank=True, help_text=_("The club's if empty."))
    action_url = models.CharField(_("link"), max_length=500, blank=True)
    icon = models.CharField(max_length=50, blank=True)
    whatsapp_template = models.CharField(
        _("approved template"),
        max_length=512,
        blank=True,
        default="",
        db_default="",
        validators=[
            RegexValidator(r"^[a-z0-9_]+\Z", _("Small letters, digits and underscores, as at Meta."))
        ],
        help_text=_(
            "WhatsApp only: its name at Meta, where its words were approved. Each placeholder of the text here is sent as "
            "{{1}}, {{2}}, … there, in their order."
        ),
    )
    whatsapp_language = models.CharField(
        _("language code at Meta"),
        max_length=10,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^[a-z]{2,3}(_[A-Z]{2})?\Z", _("Like en or en_US."))],
        help_text=_("As approved there, like en_US; if empty that of the words, like en, de, or pt_BR."),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=languages,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "Of the words above; the club's if empty. Other languages are written beside the preview."
        ),
    )
    translations = models.JSONField(
        _("other languages"),
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        editable=False,
        help_text=_("By language the words in it, by field."),
    )
    placeholders = models.JSONField(
        default=list, editable=False, help_text=_("The placeholders that it uses.")
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    history = HistoricalRecords()
    objects = ByNameInClub["MessageTemplate"]()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "slug"],
                name="message_template_slug_unique_in_club",
                violation_error_message=_("This club has a template with this short name."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse words that could not be filled: unknown placeholders, broken or dangerous syntax."""
        from messaging.rules.placeholders import PLACEHOLDERS
        from messaging.rules.templates import TemplateRefused, placeholders_of

        errors: dict[str, list[str]] = {}
        found: set[str] = set()
        for field in self.WORDS:
            try:
                found |= placeholders_of(getattr(self, field))
            except TemplateRefused as refused:
                errors[field] = [str(problem) for problem in refused.problems]
        for words in self.translations.values():
            for said in words.values():
                # Each was checked by itself when it was written.
                with contextlib.suppress(TemplateRefused):
                    found |= placeholders_of(said)
        samples = {name: placeholder.sample for name, placeholder in PLACEHOLDERS.items()}
        self._check_what_it_says(errors, samples)
        if self.channel == Channel.EMAIL and not self.subject.strip():
            errors.setdefault("subject", []).append(str(_("An e-mail needs a subject.")))
        if self.channel == Channel.IN_APP and not self.title.strip():
            errors.setdefault("title", []).append(str(_("An in-app message needs a title.")))
        if self.channel == Channel.WHATSAPP:
            self._check_whatsapp(errors)
        self._check_what_is_not_said(errors)
        if errors:
            raise ValidationError(errors)
        self.placeholders = sorted(found)

    def _check_what_it_says(self, errors: dict[str, list[str]], samples: dict[str, str]) -> None:
        from messaging.rules.email_layout import text_of
        from messaging.rules.templates import render, says_something

        # An e-mail may be written as HTML alone.
        is_html = self.channel == Channel.EMAIL and bool(self.html_body) and not self.text_body
        said_in = "html_body" if is_html else "text_body"
        if said_in in errors:
            return
        if not (source := getattr(self, said_in)):
            errors["text_body"] = [str(_("This field is required."))]
            return
        said = render(source, samples, html=is_html)
        if not says_something(text_of(said) if is_html else said):
            errors[said_in] = [str(_("This says nothing, even with every placeholder filled."))]

    def _check_what_is_not_said(self, errors: dict[str, list[str]]) -> None:
        if "{{" in self.from_name or "{%" in self.from_name:
            errors["from_name"] = [
                str(_("The sender's name goes out as it stands here; placeholders are not filled in."))
            ]
        if self.action_url and not self.action_url.strip().startswith(("https://", "http://", "{{", "{%")):
            said = _("A link begins with https://, or is a placeholder such as {{ booking_link }}.")
            errors.setdefault("action_url", []).append(str(said))
        if self.icon and not ICON.fullmatch(self.icon):
            errors["icon"] = [
                str(_("An icon has a name of small letters, digits and _, such as fitness_center."))
            ]

    def _check_whatsapp(self, errors: dict[str, list[str]]) -> None:
        if not self.whatsapp_template and self.slug != WHATSAPP_HELP:
            said = _(
                "Outside a conversation WhatsApp delivers approved templates only: name the one at Meta."
            )
            errors.setdefault("whatsapp_template", []).append(str(said))
        if "{%" in self.text_body:
            said = _("WhatsApp fills in placeholders only; {% … %} cannot be approved.")
            errors.setdefault("text_body", []).append(str(said))

    def save(self, **kwargs: Any) -> None:
        """Each change of the words is a new version, so that a kept compiled form never outlives its text."""
        if self.pk and not kwargs.get("update_fields"):
            before = type(self).objects.filter(pk=self.pk).values("version", *self.VERSIONED).first()
            if before and any(before[field] != getattr(self, field) for field in self.VERSIONED):
                self.version = before["version"] + 1
        super().save(**kwargs)
