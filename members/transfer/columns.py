"""The columns that a member file may have, and what each of their cells must be."""

import datetime as dt
import functools
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import TextChoices
from django.utils.translation import gettext as _

from members.models import CustomField, Member, MembershipStatus, Tag
from members.models.clubs import validate_time_zone
from members.models.members import E164, Origin, Stage
from members.rules.custom_fields import LONGEST, number_of
from members.rules.phones import international
from members.rules.wording import languages
from members.transfer.ground import Ground, RefusedCell
from members.transfer.tag_names import read_names

EARLIEST_YEAR = 1900
TAGS = "tags"
TAG_NAME: int = Tag._meta.get_field("name").max_length  # type: ignore[assignment]
MOST_TAGS = 100
LONGEST_LIST = 2 * MOST_TAGS * TAG_NAME
WORDS_FOR_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
UNTYPEABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


Check = Callable[[Any, Ground], Any]


def text(cell: Any, longest: int) -> str:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        raise RefusedCell(_("must be text."))
    value: str = cell.strip()
    if len(value) > longest:
        raise RefusedCell(_("is longer than %d characters.") % longest)
    if UNTYPEABLE.search(value):
        raise RefusedCell(_("holds a character that is no text."))
    return value


def _text(field: str, *, required: bool = False) -> Check:
    longest: int = Member._meta.get_field(field).max_length  # type: ignore[union-attr,assignment]

    def check(cell: Any, ground: Ground) -> str:
        if not (value := text(cell, longest)) and required:
            raise RefusedCell(_("is missing."))
        return value

    return check


def identifier(cell: Any, ground: Ground) -> Any:
    return _external_id(str(cell) if type(cell) is int else cell, ground)


_external_id = _text("external_id", required=True)


def _email(cell: Any, ground: Ground) -> str:
    if value := text(cell, 254):
        try:
            validate_email(value)
        except ValidationError as error:
            raise RefusedCell(_("is no e-mail address.")) from error
    return value


def _phone(cell: Any, ground: Ground) -> str:
    if (value := international(text(cell, 40))) and not re.match(E164, value):
        raise RefusedCell(_("must begin with the country code, like +41 79 123 45 67 or 0041 79 123 45 67."))
    return value


def choice(choices: type[TextChoices]) -> Check:
    return _one_of(choices.values)


def _one_of(known: Collection[str]) -> Check:
    def check(cell: Any, ground: Ground) -> str:
        if (value := text(cell, 40).lower()) not in known:
            raise RefusedCell(_("must be one of: %s.") % ", ".join(known))
        return value

    return check


def _or_nothing(check: Check) -> Check:
    return lambda cell, ground: check(cell, ground) if text(cell, 40) else ""


def truth(cell: Any, ground: Ground) -> bool:
    word = str(cell) if type(cell) in (bool, int) else text(cell, 40)
    try:
        return WORDS_FOR_TRUTH[word.lower()]
    except KeyError as error:
        raise RefusedCell(_("must be yes or no.")) from error


def any_instant(cell: Any, ground: Ground) -> dt.datetime | None:
    """Past or to come. A bare day is its noon in the club's zone: no shift of zone or clocks moves it to another day."""
    if not (value := text(cell, 40)):
        return None
    try:
        instant = dt.datetime.combine(dt.date.fromisoformat(value), dt.time(12))
    except ValueError:
        try:
            instant = dt.datetime.fromisoformat(value)
        except ValueError as error:
            raise RefusedCell(_("“%s” is no date like 2025-08-25.") % value) from error
    if not EARLIEST_YEAR <= instant.year < dt.MAXYEAR:
        raise RefusedCell(_("the year of %s cannot be right.") % value)
    return (instant if instant.tzinfo else instant.replace(tzinfo=ground.zone)).astimezone(dt.UTC)


def any_day(cell: Any, ground: Ground) -> dt.date | None:
    """Past or to come; of an instant, its day in the club's zone."""
    instant = any_instant(cell, ground)
    return instant.astimezone(ground.zone).date() if instant else None


def _instant(cell: Any, ground: Ground) -> dt.datetime | None:
    instant = any_instant(cell, ground)
    if instant and instant.astimezone(ground.zone).date() > ground.today:
        raise RefusedCell(_("%s is in the future.") % cell)
    return instant


def _day(cell: Any, ground: Ground) -> dt.date | None:
    instant = _instant(cell, ground)
    return instant.astimezone(ground.zone).date() if instant else None


def _trainer(cell: Any, ground: Ground) -> int | None:
    if not (name := text(cell, 254)):
        return None
    try:
        found = ground.staff[name.lower()]
    except KeyError as error:
        raise RefusedCell(_("“%s” is nobody on this club's staff.") % name) from error
    if found is None:
        raise RefusedCell(_("“%s” is more than one person on this club's staff.") % name)
    return found


def own_club(cell: Any, ground: Ground) -> str:
    if (slug := text(cell, 50)) not in ("", ground.club):
        raise RefusedCell(_("“%s” is another club.") % slug)
    return slug


@functools.lru_cache(maxsize=1000)
def _is_time_zone(name: str) -> bool:
    try:
        validate_time_zone(name)
    except ValidationError:
        return False
    return True


def _time_zone(cell: Any, ground: Ground) -> str:
    if (value := text(cell, 64)) and not _is_time_zone(value):
        raise RefusedCell(_("“%s” is no time zone like Europe/Zurich.") % value)
    return value


def _tags(cell: Any, ground: Ground) -> tuple[str, ...]:
    """By name, each once however its letters are written."""
    names: dict[str, str] = {}
    for name in cell if isinstance(cell, list) else read_names(text(cell, LONGEST_LIST)):
        if said := " ".join(text(name, TAG_NAME).split()):
            names.setdefault(said.lower(), said)
    if len(names) > MOST_TAGS:
        raise RefusedCell(_("names more than %d tags.") % MOST_TAGS)
    return in_order(names.values())


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (name.lower(), name)))


def own_field(type: str) -> Check:
    """What a cell of a club's own field must be; None where it says nothing."""

    def check(cell: Any, ground: Ground) -> Any:
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return None
        match type:
            case CustomField.Type.TRUTH:
                return truth(cell, ground)
            case CustomField.Type.DAY:
                day = any_day(cell, ground)
                return day and day.isoformat()
            case CustomField.Type.NUMBER:
                return _number(cell)
            case _:
                return text(cell, LONGEST)

    return check


def _number(cell: Any) -> int | float:
    try:
        return number_of(cell)
    except (TypeError, ValueError, OverflowError) as error:
        raise RefusedCell(_("must be a number like 42 or 42.5.")) from error


# Column in the file → the member's attribute and the check; a column without attribute is only checked.
COLUMNS: dict[str, tuple[str, Check]] = {
    "id": ("external_id", identifier),
    "external_id": ("external_id", identifier),
    "first_name": ("first_name", _text("first_name", required=True)),
    "last_name": ("last_name", _text("last_name")),
    "email": ("email", _email),
    "phone": ("phone", _phone),
    "birthday": ("birthday_on", _day),
    "birthday_on": ("birthday_on", _day),
    "joined_on": ("joined_on", _day),
    "joined_at": ("joined_on", _day),
    "last_attended_at": ("last_attended_at", _instant),
    "membership_status": ("membership_status", choice(MembershipStatus)),
    "membership_level": ("membership_level", _text("membership_level")),
    "is_recurring": ("is_recurring", truth),
    "trainer": ("trainer_id", _trainer),
    "time_zone": ("time_zone", _time_zone),
    "language": ("language", _or_nothing(_one_of([code for code, _name in languages()]))),
    "stage": ("stage", choice(Stage)),
    "origin": ("origin", _or_nothing(choice(Origin))),
    "inquired_on": ("inquired_on", _day),
    "tags": (TAGS, _tags),
    "club_slug": ("", own_club),
}


def check_cells(cells: Mapping[str, Any], ground: Ground) -> tuple[dict[str, Any], dict[str, str]]:
    """The attributes that known cells give, and the reasons of those that were refused, by column."""
    values: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name, cell in cells.items():
        if name not in COLUMNS and not ground.knows(name):
            continue
        attribute, check = COLUMNS[name] if name in COLUMNS else (name, own_field(ground.own_fields[name]))
        if attribute in values:
            refused[name] = _("is there twice, under two names.")
            continue
        try:
            value = check(cell, ground)
            if attribute:
                values[attribute] = value
        except RefusedCell as error:
            refused[name] = str(error)
    if not {"id", "external_id"} & cells.keys():
        refused["id"] = _("is missing.")
    return values, refused
