"""What a member last said to being written to, channel by channel."""

from django.db.models import BooleanField, Case, CharField, OuterRef, Q, Subquery, TextChoices, Value, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField, Topic
from automations.conditions.choices import Choice
from messaging.gates.consent import words_about
from messaging.models import Category, Channel


class Word(TextChoices):
    YES = "agreed", gettext_lazy("given")
    NO = "opted_out", gettext_lazy("withdrawn")
    NONE = "nothing", gettext_lazy("not known")


LABELS = {
    Channel.SMS: gettext_lazy("Consent to texts"),
    Channel.EMAIL: gettext_lazy("Consent to e-mails"),
    Channel.WHATSAPP: gettext_lazy("Consent to WhatsApp messages"),
    Channel.IN_APP: gettext_lazy("Consent to in-app messages"),
}


class ConsentField(ConditionField):
    topic = Topic.CONSENT
    sort = Choice(Word.choices)

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.kind = f"consent_{channel.value}"
        self.label = LABELS[channel]

    def value(self, given: Params, asked: Asked) -> Combinable:
        words = words_about(self.channel.value, Category.MARKETING).filter(
            recorded_at__lte=asked.now, member=OuterRef("pk")
        )
        latest = Subquery(words.values("is_granted")[:1], output_field=BooleanField())
        return Case(
            When(Q(Exact(latest, Value(True))), then=Value(Word.YES.value)),
            When(Q(Exact(latest, Value(False))), then=Value(Word.NO.value)),
            default=Value(Word.NONE.value),
            output_field=CharField(),
        )
