"""Trying a template out in earnest: one message to the person who edits it, beside the outbox and its log."""

from django.utils.translation import gettext as _

from members.models import Club
from messaging.channels import transport_for
from messaging.channels.envelopes import Envelope, Outcome
from messaging.models import Channel, MessageTemplate, Suppression, switch_if_paused
from messaging.operations.wording import Words
from messaging.rules.languages import code_at_meta, own_language


class NotTried(Exception):
    """Nothing was sent; says why."""


def send_trial(
    *,
    template: MessageTemplate,
    club: Club,
    words: Words,
    first_name: str,
    address: str,
    language: str = "",
) -> Outcome:
    """One attempt through the configured transport; raises NotTried where the club sends nothing to this address.

    `language` is that of the words, if it is not the template's own.
    """
    if switch_if_paused():
        raise NotTried(_("Sending is paused for all clubs: nothing leaves, not even a test."))
    if club.sending_paused:
        raise NotTried(_("Sending is paused for the club: nothing leaves, not even a test."))
    if Suppression.objects.filter(club=club, channel=template.channel, address=address.lower()).exists():
        raise NotTried(_("This address is on the club's suppression list: nothing is sent to it."))
    return transport_for(template.channel).send(
        Envelope(
            message_id=0,
            first_name=first_name,
            channel=template.channel,
            address=address,
            subject=_("Test: %(subject)s") % {"subject": words.subject}
            if template.channel in (Channel.EMAIL, Channel.IN_APP)
            else "",
            text=words.text,
            html=words.html,
            from_name=template.from_name or club.sender_name or club.name,
            from_email=template.from_email or club.sender_email,
            sms_sender=club.sms_sender,
            sms_number=club.sms_number,
            whatsapp_number=club.whatsapp_number,
            unsubscribe_url="",
            action_url=words.action_url,
            approved=template.whatsapp_template,
            language=template.whatsapp_language
            or code_at_meta(language or own_language(template, club), club),
            blanks=words.blanks,
        )
    )
