"""The switch that holds back what every club would send: one row for the whole installation."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

ONLY = 1


class SendingSwitch(models.Model):
    is_paused = models.BooleanField(
        _("sending paused for all clubs"),
        default=False,
        help_text=_("While it is on, nothing leaves for any club; what is due waits."),
    )
    why = models.CharField(
        _("why"), max_length=200, blank=True, help_text=_("Staff of every club read it on every page.")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("sending for all clubs")
        verbose_name_plural = _("sending for all clubs")
        constraints = [models.CheckConstraint(condition=Q(id=ONLY), name="sending_switch_only_one")]

    def __str__(self) -> str:
        return str(_("Sending for all clubs"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = ONLY
        super().save(*args, **kwargs)


def switch_if_paused() -> SendingSwitch | None:
    """The switch while it holds everything back; there is none before somebody used it."""
    return SendingSwitch.objects.filter(is_paused=True).first()
