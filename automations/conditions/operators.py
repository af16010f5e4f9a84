"""How a value may be compared, and what is true of everybody for whom something is not."""

from django.db.models import BooleanField, Case, CharField, Func, Q, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _


class Operator(TextChoices):
    IS = "is", _("is")
    IS_NOT = "is_not", _("is not")
    ONE_OF = "one_of", _("is one of")
    CONTAINS = "contains", _("contains")
    AT_LEAST = "at_least", _("is at least")
    MORE_THAN = "more_than", _("is more than")
    AT_MOST = "at_most", _("is at most")
    LESS_THAN = "less_than", _("is less than")
    BETWEEN = "between", _("is between")
    BEFORE = "before", _("is before")
    SINCE = "since", _("is on or after")
    IN_LAST = "in_last", _("is in the last … days")
    AGO = "ago", _("is … days ago or longer")
    IN_NEXT = "in_next", _("is in the next … days")
    EMPTY = "empty", _("is empty")
    FILLED = "filled", _("is filled in")


def unless(condition: Q) -> Q:
    """Everybody for whom it is not true, also where nobody can tell: a plain NOT would leave those out on both sides."""
    return Q(
        Case(When(condition, then=Value(False)), default=Value(True), output_field=BooleanField())  # type: ignore[arg-type]
    )


class Folded(Func):
    """Text with its plain Latin letters small, alike on every database; other letters stay as they are."""

    function = "LOWER"
    output_field = CharField()

    def as_postgresql(self, compiler: object, connection: object, **_: object) -> object:
        return self.as_sql(compiler, connection, template='LOWER((%(expressions)s) COLLATE "C")')  # type: ignore[arg-type]


def folded(text: str) -> str:
    """As `Folded` does it."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)
