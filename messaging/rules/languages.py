"""In which of a template's languages a member is written to, and the template as it says it in that one."""

from copy import copy

from django.db.models import Q

from members.models import Club, Member
from members.rules.wording import languages
from messaging.models import Channel, MessageTemplate
from messaging.rules.copies import WORDS_OF, with_words

ONLY_WITH_REGION = {"pt": "pt_BR"}
"""Of the languages that a club may choose, those which Meta has by country alone, and the one that most mean."""


def own_language(template: MessageTemplate, club: Club) -> str:
    """That of the words of the template itself."""
    return template.language or club.language


def language_for(template: MessageTemplate, member: Member, club: Club) -> str:
    """The member's where the template says it in that one, else the club's, else the template's own."""
    return member.language if member.language in _written(template, club) else _else(template, club)


def written_to_in(template: MessageTemplate, language: str, club: Club) -> Q:
    """The club's members who get the template in this language, as `language_for` says of one."""
    if not template.translations:
        return Q()
    asked_for = Q(language=language)
    if language == _else(template, club):
        asked_for |= ~Q(language__in=sorted(_written(template, club)))
    return asked_for


def may_be_written_in(template: MessageTemplate, language: str) -> bool:
    """Whether it is a language, and another than that of the template's own words."""
    return language in dict(languages()) and language != own_language(template, template.club)


def speaking(language: str, club: Club) -> Club:
    """The club with days and money as they are written in that language; never to be saved."""
    if language == club.language:
        return club
    other = copy(club)
    other.locale = language
    return other


def _written(template: MessageTemplate, club: Club) -> set[str]:
    return {own_language(template, club), *template.translations}


def _else(template: MessageTemplate, club: Club) -> str:
    """What those get whose own language it is not written in."""
    return club.language if club.language in _written(template, club) else own_language(template, club)


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
