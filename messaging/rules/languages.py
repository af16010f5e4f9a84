"""In which of a template's languages a member is written to, and the template as it says it in that one."""

from members.models import Club, Member
from messaging.models import Channel, MessageTemplate
from messaging.rules.copies import WORDS_OF, with_words

ONLY_WITH_REGION = {"pt": "pt_BR"}
"""Of the languages that a club may choose, those which Meta has by country alone, and the one that most mean."""


def own_language(template: MessageTemplate, club: Club) -> str:
    """That of the words of the template itself."""
    return template.language or club.language


def language_for(template: MessageTemplate, member: Member, club: Club) -> str:
    """The member's where the template says it in that one, else the club's, else the template's own."""
    own = own_language(template, club)
    for wanted in (member.language, club.language):
        if wanted == own or (wanted and wanted in template.translations):
            return wanted
    return own


def in_language(template: MessageTemplate, language: str) -> MessageTemplate:
    """The template as if it said only this; made once for all the messages that share the template."""
    if language not in template.translations:
        return template
    made: dict[str, MessageTemplate] = template.__dict__.setdefault("_in_languages", {})
    if language not in made:
        made[language] = with_words(template, {"whatsapp_language": "", **template.translations[language]})
    return made[language]


def fields_of(channel: str) -> tuple[str, ...]:
    """What is written in each language; of WhatsApp the text that Meta approved, and by which code."""
    return ("text_body", "whatsapp_language") if channel == Channel.WHATSAPP else WORDS_OF[channel]


def code_at_meta(language: str, club: Club) -> str:
    """By which code Meta knows what was approved in this language, where the template does not say:
    https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/supported-languages"""
    if language not in ONLY_WITH_REGION:
        return language
    return club.locale if club.language == language else ONLY_WITH_REGION[language]
