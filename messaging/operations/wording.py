"""Filling a template for one member: from a queued message to what a channel sends."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import linebreaks, urlize
from django.utils.translation import gettext as _

from messaging.channels.envelopes import Envelope
from messaging.gates import address_of
from messaging.models import Channel, Message, MessageTemplate
from messaging.rules.placeholders import OF_THE_CLUB, PLACEHOLDERS, values_for
from messaging.rules.templates import (
    EmptyPlaceholder,
    TemplateRefused,
    placeholders_of,
    render,
    says_something,
)
from messaging.rules.unsubscribe_links import unsubscribe_url


class Unfilled(Exception):
    """The message cannot be put into words; says why. A half-filled text never goes out."""


@dataclass(frozen=True, slots=True)
class Words:
    """A template filled in; what its channel has no use for is empty."""

    subject: str
    text: str
    html: str


def words_of(template: MessageTemplate, channel: str, values: Mapping[str, str]) -> Words:
    """The template's words with these values in place; raises Unfilled."""
    is_email = channel == Channel.EMAIL
    try:
        text = render(template.text_body, values)
        subject = " ".join(render(template.subject, values).split()) if is_email else ""
        html = render(template.html_body, values, html=True) if is_email else ""
    except EmptyPlaceholder as empty:
        raise Unfilled(_lacking(empty.name)) from empty
    except TemplateRefused as refused:
        raise _unfillable(refused) from refused
    if not says_something(text):
        raise Unfilled(_("The text is empty for this member."))
    if is_email and not html:
        html = linebreaks(urlize(text, autoescape=True))
    return Words(subject, text, html)


def envelope_of(message: Message) -> Envelope:
    """What would be sent now: the template's present words, filled with the member's present values."""
    template, member, club = message.template, message.member, message.club
    if template is None:
        raise Unfilled(_("Its template was deleted."))
    is_email = message.channel == Channel.EMAIL
    sources = (
        (template.text_body, template.subject, template.html_body) if is_email else (template.text_body,)
    )
    try:
        names = frozenset().union(*map(placeholders_of, sources))
    except TemplateRefused as refused:
        raise _unfillable(refused) from refused
    unsubscribe = (
        unsubscribe_url(member.pk, message.channel) if is_email or "unsubscribe_link" in names else ""
    )
    extra = {"unsubscribe_link": unsubscribe, **message.context}
    words = words_of(template, message.channel, values_for(member, club, names=names, extra=extra))
    return Envelope(
        message_id=message.pk,
        first_name=member.first_name,
        channel=message.channel,
        address=address_of(member, message.channel),
        subject=words.subject,
        text=words.text,
        html=words.html,
        from_name=template.from_name or club.sender_name or club.name,
        from_email=template.from_email or club.sender_email,
        sms_sender=club.sms_sender,
        unsubscribe_url=unsubscribe,
    )


def _lacking(name: str) -> str:
    what = {"what": PLACEHOLDERS[name].label if name in PLACEHOLDERS else name}
    if any(one.name == name for one in OF_THE_CLUB):
        return _("The template needs “%(what)s”, and the club's page has none.") % what
    return _("The template needs “%(what)s”, and there is none for this member.") % what


def _unfillable(refused: TemplateRefused) -> Unfilled:
    return Unfilled(" ".join(str(problem) for problem in refused.problems))
