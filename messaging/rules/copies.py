"""Other words for one message: which fields of a template its channel sends, and the template as if it said them."""

from collections.abc import Collection, Mapping
from copy import copy

from messaging.models import Channel, MessageTemplate

WORDS_OF: dict[str, tuple[str, ...]] = {
    Channel.SMS: ("text_body",),
    Channel.EMAIL: ("subject", "text_body", "html_body"),
    # Its words were approved at Meta and cannot be others.
    Channel.WHATSAPP: (),
    Channel.IN_APP: ("title", "text_body", "action_url"),
}


def with_words(template: MessageTemplate, words: Mapping[str, str]) -> MessageTemplate:
    """The template as if it said this; never to be saved."""
    other = copy(template)
    for field, said in words.items():
        setattr(other, field, said)
    return other


def checked(
    template: MessageTemplate, words: Mapping[str, str], fields: Collection[str] | None = None
) -> dict[str, str]:
    """The words as they are kept: those that its channel sends. Raises ValidationError as the template's page would."""
    own = {
        field: words[field].replace("\r\n", "\n")
        for field in fields or WORDS_OF[template.channel]
        if field in words
    }
    with_words(template, own).clean()
    return own
