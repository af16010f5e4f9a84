"""Instants typed as a day and an hour: always one instant, also where the clocks change."""

import datetime as dt
import zoneinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.rules.days import at_wall_clock


class WallClockField(forms.SplitDateTimeField):
    """Takes the first of an hour that comes twice, where Django's own field refuses both."""

    def compress(self, data_list: Any) -> dt.datetime | None:
        if not data_list:
            return None
        day, time = data_list
        if day in self.empty_values:
            raise ValidationError(self.error_messages["invalid_date"], code="invalid_date")
        if time in self.empty_values:
            raise ValidationError(self.error_messages["invalid_time"], code="invalid_time")
        zone = zoneinfo.ZoneInfo(timezone.get_current_timezone_name())
        return at_wall_clock(day, time, zone)
