"""Who is told of an alert, and the mail that each gets: one for all that is new, with nothing personal in it."""

import logging
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage, get_connection
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.models import Alert
from automations.reports.alert_words import advice, in_a_sentence

logger = logging.getLogger(__name__)

MANAGERS = "Managers"
"""The group that the fixture `roles` makes."""


def mail_alerts(alerts: Sequence[Alert]) -> int:
    """Mail each person what concerns her; how many could be told."""
    told = 0
    connection = get_connection()
    for mail in mails_of(alerts):
        mail.connection = connection
        try:
            told += mail.send()
        except Exception:
            # The others are told all the same, and everybody sees it on the dashboard.
            logger.exception("An alert could not be mailed")
    if not told:
        logger.warning("%d alerts, and nobody could be mailed", len(alerts))
    return told


def mails_of(alerts: Sequence[Alert]) -> Iterator[EmailMessage]:
    """Superusers are told everything, managers what concerns the installation or one of their clubs; an address once."""
    people = (
        get_user_model()
        .objects.filter(Q(is_superuser=True) | Q(groups__name=MANAGERS, clubs__isnull=False), is_active=True)
        .exclude(email="")
        .distinct()
        .order_by("pk")
        .prefetch_related("clubs")
    )
    concerned: dict[str, dict[int, Alert]] = {}
    for person in people:
        clubs = {club.pk for club in person.clubs.all()}
        for alert in alerts:
            if person.is_superuser or alert.club_id is None or alert.club_id in clubs:
                concerned.setdefault(person.email.lower(), {})[alert.pk] = alert
    for address, about in concerned.items():
        yield _mail(address, list(about.values()))


def _mail(address: str, alerts: Sequence[Alert]) -> EmailMessage:
    subject = ngettext(
        "Rollcall: something needs attention", "Rollcall: %(n)s things need attention", len(alerts)
    ) % {"n": len(alerts)}
    said = "\n\n".join(f"{in_a_sentence(alert)}\n{advice(alert)}" for alert in alerts)
    where = _("The dashboard shows how it stands: %(link)s") % {
        "link": settings.PUBLIC_URL + reverse("admin:index")
    }
    once = _("You are told of each incident once.")
    return EmailMessage(subject, f"{said}\n\n{where}\n{once}\n", to=[address])
