"""The page of alerts: by the club's clock, or of all clubs by that of whoever looks."""

import datetime as dt

import pytest
from django.urls import reverse

from automations.models import Alert
from tests.factories import NOW, ClubFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:automations_alert_changelist")


def alert(**values):
    return Alert.objects.create(subject="messages", opened_at=NOW, seen_at=NOW, **values)


def test_an_alert_of_a_club_tells_the_clubs_time(admin_client):
    ClubFactory(time_zone="Europe/Zurich")
    club = ClubFactory(time_zone="Pacific/Honolulu", locale="en_US")
    alert(kind="refusals", club=club)
    shown = admin_client.get(LIST).content.decode()
    assert "Sep 1, 2025, 12:00 AM" in shown
    assert "UTC" not in shown


@pytest.mark.parametrize(
    ("zones", "written"),
    [
        (["Pacific/Auckland"], "1 Sept 2025, 22:00"),
        (["Pacific/Auckland", "Pacific/Auckland"], "1 Sept 2025, 22:00"),
        # None of theirs is everybody's, so the installation's.
        (["Pacific/Auckland", "Europe/Zurich"], "1 Sept 2025, 10:00"),
    ],
)
def test_one_of_all_clubs_tells_the_time_of_whoever_looks(admin_client, settings, zones, written):
    settings.TIME_ZONE = "UTC"
    for zone in zones:
        ClubFactory(time_zone=zone)
    found = alert(kind="queue_lag", resolved_at=NOW + dt.timedelta(hours=1))
    assert written in admin_client.get(LIST).content.decode()
    page = reverse("admin:automations_alert_change", args=[found.pk])
    assert written in admin_client.get(page).content.decode()
