"""What a text that came in means: a word of the carriers' (STOP, START, HELP), a word of being away, or an answer for a person.

The carriers' words count as whole messages only, in any case and with whatever punctuation; within a sentence they mean
nothing ("please don't stop"). So do the words of WhatsApp's button *Stop promotions*. The English ones are those of CTIA's
Messaging Principles and of AWS, which stops a number by the same words:
https://docs.aws.amazon.com/sms-voice/latest/userguide/keywords-required.html
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging.models import InboundMessage
from messaging.rules.days_away import Away, away, words_of

TakenAs = InboundMessage.TakenAs

# Each as `words_of` gives it: small letters, without accents.
STOP = frozenset(
    [
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "revoke",
        "remove",
        "td",
        "optout",
        "arret",
        "arreter",
        "desabonner",
        "desinscrire",
        "stopp",
        "stoppen",
        "abmelden",
        "abbestellen",
        "afmelden",
        "uitschrijven",
        "alto",
        "baja",
        "parar",
        "cancelar",
        "detener",
        "pare",
        "sair",
        "ferma",
        "cancella",
        "disiscrivi",
        "avsluta",
        "avregistrera",
        "avmeld",
        "afmeld",
        "lopeta",
        "zrusit",
        "odhlasit",
        "rezygnuje",
        "стоп",
        "停止",
        "退订",
        "配信停止",
    ]
)
STOP_TOGETHER = frozenset({"stop all", "opt out", "stop alle", "stop alles", "stop tout"})
START = frozenset(
    ["start", "unstop", "optin", "subscribe", "demarrer", "anmelden", "alta", "iniciar", "inizia", "старт"]
)
START_TOGETHER = frozenset({"opt in"})
HELP = frozenset(
    [
        "help",
        "info",
        "aide",
        "hilfe",
        "ayuda",
        "ajuda",
        "aiuto",
        "hulp",
        "hjalp",
        "hjælp",
        "hjelp",
        "pomoc",
        "помощь",
    ]
)
NO_OFFERS = frozenset(
    ["stop promotion", "stop promotions", "detener promociones", "parar promocoes", "stop offers"]
)
OFFERS = frozenset(
    ["resume promotion", "resume promotions", "reanudar promociones", "retomar promocoes", "resume offers"]
)


@dataclass(frozen=True)
class Understood:
    """What a text was taken as; of AWAY until when, and why."""

    taken_as: InboundMessage.TakenAs
    away: Away | None = None


def understand(body: str, *, today: dt.date, locale: str = "en_GB") -> Understood:
    """`today` in the member's zone; `locale` is the club's, for names of months and for which of 3/5 is the month."""
    words = words_of(body)
    together = " ".join(words)
    one = words[0] if len(set(words)) == 1 else ""
    if one in STOP or together in STOP_TOGETHER:
        return Understood(TakenAs.STOP)
    if one in START or together in START_TOGETHER:
        return Understood(TakenAs.START)
    if one in HELP:
        return Understood(TakenAs.HELP)
    if about_offers := wish_about_offers(body):
        return Understood(about_offers)
    said = away(words, today, locale)
    return Understood(TakenAs.AWAY, said) if said else Understood(TakenAs.REPLY)


def wish_about_offers(text: str) -> InboundMessage.TakenAs | None:
    """What these words, or the name of a button, say of offers and news alone; None if nothing."""
    together = " ".join(words_of(text.replace("_", " ")))
    if together in NO_OFFERS:
        return TakenAs.NO_OFFERS
    return TakenAs.OFFERS if together in OFFERS else None


def why_it_waits(heard: InboundMessage) -> str:
    """Why a word that is done by itself otherwise was left to a person, as a sentence; empty for an answer, and once it is
    done."""
    if heard.handled_at or heard.taken_as == TakenAs.REPLY:
        return ""
    if heard.member_id is None:
        return _("Nobody here has this number on file, so that nothing was done.")
    if heard.taken_as == TakenAs.HELP:
        return _("They may not be written to there, so that nobody has answered.")
    return _("It was heard of only when the days away were over, so that nothing was done.")
