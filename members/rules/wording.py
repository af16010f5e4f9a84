"""How days and instants are written for people, in the club's zone."""

import datetime as dt
import zoneinfo

from django.utils import formats


def day_in_words(day: dt.date) -> str:
    """Like “25 August 2025”."""
    return formats.date_format(day, "j F Y")


def instant_in_words(instant: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """Like “Tue 2 September 2025, 09:00”."""
    return formats.date_format(instant.astimezone(zone), "D j F Y, H:i")
