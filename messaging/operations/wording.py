"""Filling a template for one member: from a queued message to what a channel sends."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.html import linebreaks, urlize
from django.utils.translation import gettext as _

from members.models import Club
from messaging.channels.envelopes import Envelope
from messaging.gates import address_of
from messaging.models import Channel, Message, MessageTemplate
from messaging.rules.copies import with_words
from messaging.rules.email_layout import laid_out, text_of
from messaging.rules.languages import code_at_meta, in_language, language_for, speaking
from messaging.rules.placeholders import OF_THE_CLUB, PLACEHOLDERS, values_for
from messaging.rules.preferences_links import preferences_url
from messaging.rules.short_links import ShortLink, shorten
from messaging.rules.templates import (
    EmptyPlaceholder,
    TemplateRefused,
    placeholders_of,
    render,
    says_something,
)
from messaging.rules.unsubscribe_links import unsubscribe_url
from messaging.rules.ways_out import needs_a_way_out, with_last_line

HEADLINES = {Channel.EMAIL: "subject", Channel.IN_APP: "title"}
SOURCES = {
    Channel.SMS: ("text_body",),
    Channel.EMAIL: ("text_body", "subject", "html_body"),
    Channel.WHATSAPP: ("text_body",),
    Channel.IN_APP: ("text_body", "title", "action_url"),
}
"""The fields of a template that its channel has a use for."""

BLANK = re.compile(r"\{\{.*?\}\}", re.DOTALL)


class Unfilled(Exception):
    """The message cannot be put into words; says why. A half-filled text never goes out."""


@dataclass(frozen=True, slots=True)
class Words:
    """A template filled in; what its channel has no use for is empty."""

    subject: str
    text: str
    html: str
    action_url: str = ""
    blanks: tuple[str, ...] = ()
    last_line_added: bool = False
    """Whether how to opt out was put under the text."""


def words_of(
    template: MessageTemplate, channel: str, club: Club, values: Mapping[str, str], *, language: str = ""
) -> Words:
    """The template's words with these values in place, an e-mail's in its layout, and under a text how to opt out where
    nobody can answer it; raises Unfilled."""
    is_email = channel == Channel.EMAIL
    try:
        text = render(template.text_body, values)
        headline = (
            render(getattr(template, HEADLINES[Channel(channel)]), values) if channel in HEADLINES else ""
        )
        html = render(template.html_body, values, html=True) if is_email else ""
        link = render(template.action_url, values).strip() if channel == Channel.IN_APP else ""
        pieces = BLANK.findall(template.text_body) if channel == Channel.WHATSAPP else []
        blanks = tuple(render(piece, values) for piece in pieces)
    except EmptyPlaceholder as empty:
        raise Unfilled(_lacking(empty.name)) from empty
    except TemplateRefused as refused:
        raise _unfillable(refused) from refused
    if is_email and not text.strip():
        text = text_of(html)
    if not says_something(text):
        raise Unfilled(_("The text is empty for this member."))
    written, subject = text, " ".join(headline.split())
    if needs_a_way_out(template.category, channel, club):
        text = with_last_line(text, values)
    if is_email:
        html = html or linebreaks(urlize(text, autoescape=True))
        html = laid_out(html, subject=subject, text=text, language=language)
    if link and urlsplit(link).scheme not in ("http", "https"):
        raise Unfilled(_("Its link must begin with https://."))
    return Words(subject, text, html, link, blanks, last_line_added=text != written)


def envelope_of(message: Message) -> Envelope:
    """What would be sent now: the template's present words, filled with the member's present values."""
    template, member, club = message.template, message.member, message.club
    if template is None:
        raise Unfilled(_("Its template was deleted."))
    language = language_for(template, member, club)
    template, club = in_language(template, language), speaking(language, club)
    if message.own_words:
        template = with_words(template, message.own_words)
    is_email = message.channel == Channel.EMAIL
    sources = [getattr(template, field) for field in SOURCES[Channel(message.channel)]]
    try:
        names = frozenset().union(*map(placeholders_of, sources))
    except TemplateRefused as refused:
        raise _unfillable(refused) from refused
    unsubscribe = (
        unsubscribe_url(member.pk, message.channel, template.category)
        if is_email
        or "unsubscribe_link" in names
        or needs_a_way_out(template.category, message.channel, club)
        else ""
    )
    extra = {"unsubscribe_link": unsubscribe, **message.context}
    if "preferences_link" in names:
        extra["preferences_link"] = preferences_url(member.pk)
    values = values_for(member, club, names=names, extra=extra)
    words = words_of(template, message.channel, club, values, language=language)
    text, links = with_short_links(words.text, template, message.channel, club, values, message.pk)
    return Envelope(
        message_id=message.pk,
        first_name=member.first_name,
        channel=message.channel,
        address=address_of(member, message.channel),
        subject=words.subject,
        text=text,
        html=words.html,
        from_name=template.from_name or club.sender_name or club.name,
        from_email=template.from_email or club.sender_email,
        sms_sender=club.sms_sender,
        sms_number=club.sms_number,
        whatsapp_number=club.whatsapp_number,
        unsubscribe_url=unsubscribe,
        written_in=language,
        action_url=words.action_url,
        approved=template.whatsapp_template,
        language=template.whatsapp_language or code_at_meta(language, message.club),
        blanks=words.blanks,
        links=links,
    )


def with_short_links(
    text: str, template: MessageTemplate, channel: str, club: Club, values: Mapping[str, str], message_id: int
) -> tuple[str, tuple[ShortLink, ...]]:
    """A text of a club that wants them, with its links shortened; SES does the same for e-mails."""
    if channel != Channel.SMS or not club.short_links:
        return text, ()
    return shorten(text, source=template.text_body, values=values, message_id=message_id)


def _lacking(name: str) -> str:
    what = {"what": PLACEHOLDERS[name].label if name in PLACEHOLDERS else name}
    if any(one.name == name for one in OF_THE_CLUB):
        return _("The template needs “%(what)s”, and the club's page has none.") % what
    return _("The template needs “%(what)s”, and there is none for this member.") % what


def _unfillable(refused: TemplateRefused) -> Unfilled:
    return Unfilled(" ".join(str(problem) for problem in refused.problems))
