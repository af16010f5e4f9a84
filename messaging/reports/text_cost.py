"""What one text message costs, which characters make it dearer, and what leaving them out would save."""

import datetime as dt
from dataclasses import dataclass

from django.core.cache import cache

from members.models import Club
from members.rules.wording import small_money_in_words
from messaging.models import Message, MessageTemplate
from messaging.rules.dear_characters import DearCharacter, dear_characters, replace
from messaging.rules.sms_parts import SmsParts, count_parts

MANY_PARTS = 3
"""A text of more is rather an e-mail."""
MONTH = dt.timedelta(days=30)
# The number is asked for at each stop in typing, and does not change that fast.
COUNTED_FOR_SECONDS = 300


@dataclass(frozen=True)
class Dear:
    """A dear character and whether the template itself has it, or a value that was filled in."""

    character: DearCharacter
    is_in_template: bool

    @property
    def can_be_replaced(self) -> bool:
        return self.is_in_template and self.character.twin is not None


@dataclass(frozen=True)
class TextCost:
    """For one filled text; `price` and what is made of it are empty where the club names none."""

    counted: SmsParts
    price: str
    dear: list[Dear]
    cheaper: SmsParts
    """The same with every dear character replaced for which that is possible."""
    plainest: SmsParts
    """The same if also what was filled in held none."""
    saves: str
    sent: int
    """Texts that this template sent in the last 30 days."""
    saves_a_month: str

    @property
    def is_long(self) -> bool:
        return self.counted.parts > MANY_PARTS

    @property
    def can_replace_several(self) -> bool:
        return sum(one.can_be_replaced for one in self.dear) > 1

    @property
    def parts_saved(self) -> int:
        return self.counted.parts - self.cheaper.parts

    @property
    def parts_through_values(self) -> int:
        """What other members' values might not cost."""
        return self.cheaper.parts - self.plainest.parts

    @property
    def parts_saved_a_month(self) -> int:
        return self.parts_saved * self.sent


def text_cost(filled: str, *, source: str, club: Club, sent: int) -> TextCost:
    """`filled` is what would be sent, `source` the template's own words."""
    counted, cheaper = count_parts(filled), filled
    dear = [Dear(one, one.shown in source) for one in dear_characters(filled)]
    for one in dear:
        if one.can_be_replaced:
            cheaper = replace(cheaper, one.character.shown, one.character.twin or "")
    after = count_parts(cheaper)
    plainest = filled
    for one in dear:
        plainest = replace(plainest, one.character.shown, one.character.twin or "")
    saved = counted.parts - after.parts
    return TextCost(
        counted=counted,
        price=_price(counted.parts, club),
        dear=dear,
        cheaper=after,
        plainest=count_parts(plainest),
        saves=_price(saved, club),
        sent=sent,
        saves_a_month=_price(saved * sent, club),
    )


def sent_lately(template: MessageTemplate, now: dt.datetime) -> int:
    """How many messages of this template left in the last 30 days; at most five minutes old."""
    if template.pk is None:
        return 0
    sent = Message.objects.filter(
        template=template.pk, status=Message.Status.SENT, sent_at__gte=now - MONTH, sent_at__lte=now
    )
    key = f"template-sent:{template.pk}"
    count: int | None = cache.get(key)
    if count is None:
        count = sent.count()
        cache.set(key, count, COUNTED_FOR_SECONDS)
    return count


def _price(parts: int, club: Club) -> str:
    if not club.sms_part_price or not parts:
        return ""
    return small_money_in_words(parts * club.sms_part_price, club.currency, club.locale)
