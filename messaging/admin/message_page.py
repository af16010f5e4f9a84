"""What the page of one message tells: its words as they were sent, what the provider said, and its story."""

import datetime as dt
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.admin.columns import link_to, when
from members.rules.wording import language_name, small_money_in_words
from messaging.admin.origins import step_of
from messaging.channels.advice import advice_for
from messaging.channels.envelopes import Refused, Unknown
from messaging.gates.holds import holding
from messaging.models import Message, MessageEvent
from messaging.operations.links import without_keys
from messaging.operations.wording import Unfilled, envelope_of
from messaging.rules.reasons import in_words

# Whatever the mail asks for stays inside its frame: no script, no request to anybody.
FRAME_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
    'style-src \'unsafe-inline\'"><meta charset="utf-8">'
)
Kind = MessageEvent.Kind


def event_in_words(event: MessageEvent) -> str:
    """What happened, in a sentence."""
    match event.kind:
        case Kind.HELD:
            return _("Held back: %(reason)s.") % {"reason": _small(in_words(event.detail))}
        case Kind.SKIPPED:
            return _("Not sent: %(reason)s.") % {"reason": _small(in_words(event.detail))}
        case Kind.FAILED:
            return _("Failed: %(words)s") % {"words": event.detail} if event.detail else _("Failed.")
        case Kind.UNKNOWN:
            return _("It left, but no answer came back. It may have arrived or not. %(words)s") % {
                "words": event.detail
            }
        case Kind.REQUEUED:
            return _("Taken back: the process that prepared it ended before it was sent.")
        case Kind.SETTLED:
            return event.detail
    return _told_from_outside(event)


def _told_from_outside(event: MessageEvent) -> str:
    """What the provider or the member did; why may be deleted, as old words are."""
    words = {
        Kind.RETRY: _("The provider did not take it; it is tried again later."),
        Kind.ACCEPTED: _("The provider took it."),
        Kind.DELIVERED: _("Delivered."),
        Kind.DELAYED: _("Delayed on its way; the provider goes on trying."),
        Kind.RETURNED: _("Came back for now; the address stays in use."),
        Kind.REFUSED: _("Did not arrive."),
        Kind.BOUNCED: _("Came back for good: there is no such address any more."),
        Kind.COMPLAINED: _("The member marked it as spam."),
        Kind.OPENED: _("Opened."),
        Kind.CLICKED: _("A link in it was followed."),
        Kind.REPLIED: _("The member wrote back."),
    }
    said = words.get(Kind(event.kind), _("Sent."))
    return _("%(said)s It said: %(words)s") % {"said": said, "words": event.detail} if event.detail else said


class MessagePage:
    """The fields of the page that are more than a column's value."""

    @admin.display(description=gettext_lazy("template"))
    def template_and_version(self, message: Message) -> SafeString | str:
        template = message.template
        if template is None:
            return _("deleted")
        kept = template.history.filter(version=message.template_version).values_list("pk", flat=True).first()
        words = _("%(template)s, version %(version)s") % {
            "template": template,
            "version": message.template_version,
        }
        if message.language and message.language != message.club.language:
            words = _("%(words)s, in %(language)s") % {
                "words": words,
                "language": language_name(message.language),
            }
        if kept is None:
            return link_to(template, words)
        where = reverse("admin:messaging_messagetemplate_simple_history", args=[template.pk, kept])
        return format_html('<a class="rollcall-link" href="{}">{}</a>', where, words)

    @admin.display(description=gettext_lazy("asked for by"))
    def what_asked(self, message: Message) -> SafeString | str:
        return step_of(message)

    @admin.display(description=gettext_lazy("text"))
    def words(self, message: Message) -> SafeString | str:
        if message.blanked_at:
            return _("Deleted on %(when)s, as old words are and those of members who were erased.") % {
                "when": when(message.blanked_at, message.club)
            }
        if not message.text_body and message.status == Message.Status.QUEUED:
            return _as_it_stands(message)
        if not message.text_body:
            return _("There are none: nothing was sent.")
        return format_html('<div class="rollcall-words" dir="auto">{}</div>', message.text_body)

    @admin.display(description=gettext_lazy("as the mail shows it"))
    def mail(self, message: Message) -> SafeString | str:
        if not message.html_body:
            return ""
        return format_html(
            '<iframe class="rollcall-mail" sandbox="" title="{}" srcdoc="{}"></iframe>',
            _("The e-mail as it was sent"),
            FRAME_POLICY + message.html_body,
        )

    @admin.display(description=gettext_lazy("what the provider said"))
    def provider_said(self, message: Message) -> SafeString | str:
        if message.status == Message.Status.SENT:
            return _("Accepted. Its number there: %(number)s") % {"number": message.provider_id or "–"}
        if not message.error:
            return ""
        if not message.attempts:
            return message.error
        is_unknown = message.status == Message.Status.UNKNOWN
        outcome = Unknown(message.error) if is_unknown else Refused(message.error)
        return format_html(
            '<p>{}</p><p class="rollcall-help">{}</p>',
            advice_for(outcome, message.channel),
            _("Its own words: %(words)s") % {"words": message.error},
        )

    @admin.display(description=gettext_lazy("billed"))
    def billed(self, message: Message) -> str:
        """By the carrier's receipt; in dollars, since that is what AWS bills in."""
        if message.cost is None:
            return ""
        words = {
            "price": small_money_in_words(message.cost, "USD", message.club.locale),
            "parts": message.parts or 1,
            "carrier": message.carrier or _("a carrier that is not named"),
        }
        return _("%(price)s for %(parts)s part(s), through %(carrier)s") % words

    @admin.display(description=gettext_lazy("its short links"))
    def short_links(self, message: Message) -> SafeString:
        """Where each leads, without what could be a key, and how often it was followed."""
        lines = []
        for link in message.links.order_by("pk"):
            words = _("%(target)s, followed: %(clicks)s, only looked ahead at: %(previews)s") % {
                "target": without_keys(link.target) if link.target else _("Deleted, as old words are"),
                "clicks": link.clicks,
                "previews": link.previews,
            }
            lines.append((words,))
        return format_html('<ul class="rollcall-story">{}</ul>', format_html_join("", "<li>{}</li>", lines))

    @admin.display(description=gettext_lazy("its story"))
    def story(self, message: Message) -> SafeString:
        told: list[tuple[dt.datetime, str]] = [(message.created_at, _("Asked for."))]
        told += [(event.happened_at, event_in_words(event)) for event in message.events.all()]
        if message.sent_at and message.status == Message.Status.SENT:
            told.append((message.sent_at, _("Handed over to the provider.")))
        lines: list[tuple[Any, str]] = [
            (when(instant, message.club), said) for instant, said in sorted(told, key=lambda line: line[0])
        ]
        if message.status == Message.Status.QUEUED:
            lines.append((_("next"), self._what_next(message)))
        items = format_html_join("", "<li><strong>{}</strong> {}</li>", lines)
        return format_html('<ol class="rollcall-story">{}</ol>', items)

    def _what_next(self, message: Message) -> str:
        now = timezone.now()
        hold = holding([message], now).get(message.pk)
        if hold is None:
            return _("Leaves at %(due)s at the earliest.") % {"due": self.due(message)}
        if hold.until:
            return _("Held back until %(until)s.") % {"until": when(hold.until, message.club)}
        return _("Held back until somebody lets it go.")

    @admin.display(description=gettext_lazy("not before"))
    def due(self, message: Message) -> str:
        return when(message.due_at, message.club)


def _as_it_stands(message: Message) -> SafeString:
    """How one that still waits would read now; its words are only fixed when it leaves."""
    try:
        words = envelope_of(message).text
    except Unfilled as why:
        return format_html("{} {}", _("It could not be written now:"), why)
    return format_html(
        '<p class="rollcall-help">{}</p><div class="rollcall-words" dir="auto">{}</div>',
        _("As it would read now. The words are those of the moment at which it leaves."),
        words,
    )


def _small(words: str) -> str:
    """The same words in the middle of a sentence."""
    return words[:1].lower() + words[1:]
