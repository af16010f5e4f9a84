"""A template tried out before it is saved: the typed words, checked as on saving, filled for a member or a sample."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from members.admin.scoping import visible_club_ids
from members.models import Club, Member
from messaging.models import MessageTemplate
from messaging.operations.wording import Unfilled, Words, with_short_links, words_of
from messaging.reports.trial_values import trial_values
from messaging.rules.languages import (
    fields_of,
    in_language,
    language_for,
    may_be_written_in,
    own_language,
    speaking,
)
from messaging.rules.placeholders import OF_THE_CLUB, PLACEHOLDERS
from messaging.rules.templates import EmptyPlaceholder

BODIES = ("text_body", "html_body")
SHOWN_ERRORS = ("channel", *MessageTemplate.WORDS, "whatsapp_template", "whatsapp_language")


@dataclass
class Trial:
    template: MessageTemplate
    club: Club | None
    member: Member | None = None
    words: Words | None = None
    errors: list[tuple[str, list[str]]] = field(default_factory=list)
    """Label of the field and what is wrong there, as the form says it after Save."""
    unfilled: str = ""
    is_blank: bool = False
    """Nothing was written yet, which needs no complaint."""
    club_lacks: str = ""
    """What the club's page has to be told first."""
    language: str = ""
    """In which it is tried; that of the template's own words if empty."""
    gets: str = ""
    """Another language in which the member would get it."""


def trial_of(
    model_admin: Any,
    request: HttpRequest,
    pk: int | None,
    now: dt.datetime,
    *,
    is_sent: bool,
    language: str = "",
) -> Trial:
    """From the posted form; whoever may only look gets what is saved. Raises Http404 and PermissionDenied."""
    template = _template(model_admin, request, pk)
    if language and not may_be_written_in(template, language):
        raise Http404
    trial = Trial(template, template.club if pk else None, language=language)
    may_edit = model_admin.has_change_permission(request, template) if pk else True
    if is_sent and not may_edit:
        raise PermissionDenied
    if language:
        _take_words(trial, request.POST if may_edit else template.translations.get(language, {}))
    elif may_edit:
        form = model_admin.get_form(request, template if pk else None, change=bool(pk))(
            request.POST, instance=template
        )
        form.is_valid()
        trial.is_blank = not any(request.POST.get(name, "").strip() for name in ("subject", *BODIES))
        trial.errors = [
            (str(form.fields[name].label), list(form.errors[name]))
            for name in SHOWN_ERRORS
            if name in form.errors
        ]
    if trial.club is None:
        trial.club = _club_of_a_new_one(request, template)
    if trial.club is None:
        trial.errors.insert(0, (_("Club"), [_("Choose the club first.")]))
        return trial
    trial.member = member_asked_for(request, trial.club)
    if not trial.errors:
        fill(trial, now, is_sent=is_sent)
    return trial


def label_of(name: str) -> str:
    """As the form names the field."""
    field: Any = MessageTemplate._meta.get_field(name)
    return str(capfirst(field.verbose_name))


def _take_words(trial: Trial, said: Mapping[str, str]) -> None:
    """In place of the template's own, and checked as if they were."""
    template = trial.template
    words = {name: said.get(name, "").replace("\r\n", "\n") for name in fields_of(template.channel)}
    trial.is_blank = not any(map(str.strip, words.values()))
    template.translations = {**template.translations, trial.language: words}
    trial.template = in_language(template, trial.language)
    try:
        trial.template.clean()
    except ValidationError as refused:
        trial.errors = [(label_of(name), list(said)) for name, said in refused.message_dict.items()]


def viewable_members(request: HttpRequest, club: Club) -> Any:
    """The members of this club whose page this person may open; none for somebody who may not view members."""
    members = admin.site.get_model_admin(Member)
    if not members.has_view_permission(request) or club.pk not in visible_club_ids(request):
        return Member.objects.none()
    return members.get_queryset(request).filter(club=club).select_related("trainer")


def member_asked_for(request: HttpRequest, club: Club) -> Member | None:
    asked = request.POST.get("_member", "")
    if not asked:
        return None
    member: Member | None = (
        viewable_members(request, club).filter(pk=asked).first() if asked.isdecimal() else None
    )
    if member is None:
        raise Http404
    return member


def _template(model_admin: Any, request: HttpRequest, pk: int | None) -> MessageTemplate:
    if pk is None:
        if not model_admin.has_add_permission(request):
            raise PermissionDenied
        return MessageTemplate()
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    template: MessageTemplate | None = model_admin.get_object(request, str(pk))
    if template is None:
        raise Http404
    return template


def _club_of_a_new_one(request: HttpRequest, template: MessageTemplate) -> Club | None:
    if template.club_id:
        return template.club
    mine = visible_club_ids(request)
    return Club.objects.get(pk=mine[0]) if len(mine) == 1 else None


def fill(trial: Trial, now: dt.datetime, *, is_sent: bool) -> None:
    """Put the template into words, or say what keeps that from being done."""
    template, club = trial.template, trial.club
    assert club is not None
    language = trial.language or own_language(template, club)
    if trial.member and (gets := language_for(template, trial.member, club)) != language:
        trial.gets = gets
    club = speaking(language, club)
    values = trial_values(
        club=club,
        member=trial.member,
        channel=template.channel,
        category=template.category,
        now=now,
        is_sent=is_sent,
    )
    try:
        trial.words = words_of(template, template.channel, club, values, language=language)
        if not is_sent:
            # A test is no message of the log, so a short link in it would lead nowhere.
            text, _links = with_short_links(
                trial.words.text, template, template.channel, club, values, message_id=0
            )
            trial.words = replace(trial.words, text=text)
    except Unfilled as unfilled:
        trial.unfilled = str(unfilled)
        name = unfilled.__cause__.name if isinstance(unfilled.__cause__, EmptyPlaceholder) else ""
        if name in PLACEHOLDERS:
            trial.unfilled += " " + _("A fallback helps: %(written)s") % {
                "written": PLACEHOLDERS[name].with_fallback
            }
        trial.club_lacks = next((str(one.label) for one in OF_THE_CLUB if one.name == name), "")
