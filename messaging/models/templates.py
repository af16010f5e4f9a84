"""What staff write: a message's words for one channel, with placeholders."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from members.models import Club


class Channel(models.TextChoices):
    SMS = "sms", _("SMS")
    EMAIL = "email", _("E-mail")


class MessageTemplateQuerySet(models.QuerySet["MessageTemplate"]):
    def get_by_natural_key(self, club: str, slug: str) -> "MessageTemplate":
        return self.get(club__slug=club, slug=slug)


class MessageTemplate(models.Model):
    WORDS = ("subject", "title", "text_body", "html_body", "action_url")

    club = models.ForeignKey(Club, on_delete=models.PROTECT, related_name="message_templates")
    slug = models.SlugField()
    name = models.CharField(max_length=100)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    subject = models.CharField(max_length=300, blank=True, help_text=_("E-mail only."))
    title = models.CharField(
        max_length=300, blank=True, help_text=_("Shown above the text of an in-app message.")
    )
    text_body = models.TextField(_("text"), help_text=_("What an SMS says; the plain form of an e-mail."))
    html_body = models.TextField(
        _("HTML"), blank=True, help_text=_("E-mail only; made from the text if empty.")
    )
    from_email = models.EmailField(_("from address"), blank=True, help_text=_("The club's if empty."))
    from_name = models.CharField(max_length=100, blank=True, help_text=_("The club's if empty."))
    action_url = models.CharField(_("link"), max_length=500, blank=True)
    icon = models.CharField(max_length=50, blank=True)
    placeholders = models.JSONField(
        default=list, editable=False, help_text=_("The placeholders that it uses.")
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    history = HistoricalRecords()
    objects = MessageTemplateQuerySet.as_manager()

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

    def natural_key(self) -> tuple[Any, ...]:
        return (self.club.slug, self.slug)

    natural_key.dependencies = ["members.club"]  # type: ignore[attr-defined]

    def clean(self) -> None:
        """Refuse words that could not be filled: unknown placeholders, broken or dangerous syntax."""
        from messaging.rules.placeholders import PLACEHOLDERS
        from messaging.rules.templates import TemplateRefused, placeholders_of, render, says_something

        errors: dict[str, list[str]] = {}
        found: set[str] = set()
        for field in self.WORDS:
            try:
                found |= placeholders_of(getattr(self, field))
            except TemplateRefused as refused:
                errors[field] = [str(problem) for problem in refused.problems]
        samples = {name: placeholder.sample for name, placeholder in PLACEHOLDERS.items()}
        if "text_body" not in errors and not says_something(render(self.text_body, samples)):
            errors["text_body"] = [str(_("This says nothing, even with every placeholder filled."))]
        if self.channel == Channel.EMAIL and not self.subject.strip():
            errors.setdefault("subject", []).append(str(_("An e-mail needs a subject.")))
        if errors:
            raise ValidationError(errors)
        self.placeholders = sorted(found)

    def save(self, **kwargs: Any) -> None:
        """Each change of the words is a new version, so that a kept compiled form never outlives its text."""
        if self.pk and not kwargs.get("update_fields"):
            before = type(self).objects.filter(pk=self.pk).values("version", *self.WORDS).first()
            if before and any(before[field] != getattr(self, field) for field in self.WORDS):
                self.version = before["version"] + 1
        super().save(**kwargs)
