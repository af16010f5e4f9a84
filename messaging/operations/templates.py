"""Bringing back what a template said before, as its newest version: nothing that was said is ever lost."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.rules.wording import language_name
from messaging.models import MessageTemplate
from messaging.rules.copies import checked
from messaging.rules.languages import fields_of, may_be_written_in

CAME_READY_MADE = gettext_lazy("As it came ready made")


def keep_first_words(*, template_id: int) -> None:
    """Before the first change: what came ready made was written past the history, which then begins with it."""
    if MessageTemplate.history.filter(id=template_id).exists():
        return
    came = MessageTemplate.objects.get(pk=template_id)
    MessageTemplate.history.bulk_history_create([came], default_change_reason=CAME_READY_MADE)
    # Whoever changes it now did not write it.
    MessageTemplate.history.filter(id=template_id).update(history_user=None)


class SaysThatAlready(Exception):
    """The words of that version are the present ones."""


@transaction.atomic
def restore_version(
    *, template_id: int, version: Any, by: AbstractBaseUser | AnonymousUser
) -> MessageTemplate:
    """Save the words of a former version anew; raises ValidationError if they could not be sent any more."""
    template = MessageTemplate.objects.select_for_update().get(pk=template_id)
    words = {field: getattr(version, field) for field in MessageTemplate.VERSIONED}
    if all(getattr(template, field) == value for field, value in words.items()):
        raise SaysThatAlready
    for field, value in words.items():
        setattr(template, field, value)
    template.full_clean()
    template._history_user = by  # type: ignore[attr-defined]
    template._change_reason = _("Version %(version)s brought back") % {"version": version.version}  # type: ignore[attr-defined]
    template.save()
    return template


@transaction.atomic
def write_in(
    *,
    template_id: int,
    language: str,
    words: Mapping[str, str] | None,
    by: AbstractBaseUser | AnonymousUser,
) -> MessageTemplate:
    """The template says it in this language too, or without `words` no longer; a new version. Raises ValidationError."""
    template = (
        MessageTemplate.objects.select_for_update(of=("self",)).select_related("club").get(pk=template_id)
    )
    if not may_be_written_in(template, language):
        raise ValidationError(_("Choose another language than that of the words themselves."))
    keep_first_words(template_id=template_id)
    others = {code: said for code, said in template.translations.items() if code != language}
    named = {"language": language_name(language)}
    if words is None:
        template.translations, reason = others, _("%(language)s taken away") % named
    else:
        own = checked(template, words, fields_of(template.channel))
        template.translations, reason = {**others, language: own}, _("Written in %(language)s") % named
    template.full_clean()
    template._history_user = by  # type: ignore[attr-defined]
    template._change_reason = reason  # type: ignore[attr-defined]
    template.save()
    return template
