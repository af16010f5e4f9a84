"""The red panel: each open alert that concerns her clubs in a sentence, with a way that she may go."""

import datetime as dt

import pytest
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from automations.models import Alert, JobRun
from tests.factories import NOW, ClubFactory, UserFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db
INDEX = reverse("admin:index")
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def at_ten(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def club():
    return ClubFactory(name="Riverside")


def alert(kind="job_late", subject="deliver_messages", **values):
    numbers = {"minutes": 12, "asked": 1_200, "refused": 400}
    return Alert.objects.create(
        kind=kind, subject=subject, numbers=numbers, **{"opened_at": NOW, "seen_at": NOW, **values}
    )


def told(client):
    return [(one.words, one.link) for one in client.get(INDEX).context["alerts"]]


def test_nothing_wrong_shows_no_panel(admin_client, club):
    alert(resolved_at=NOW)
    assert "rollcall-alert" not in admin_client.get(INDEX).content.decode()


def test_each_kind_is_told_in_a_sentence_with_where_to_go(admin_client, club):
    alert()
    alert("queue_lag", "messages")
    alert("queue_lag", "enrollments")
    alert("refusals", "sms", club=club)
    alert("refusals", "email", club=club)
    log = reverse("admin:messaging_message_changelist")
    of_the_club = f"club__id__exact={club.pk}"
    assert told(admin_client) == [
        (
            "The job “Sending” is late: it should have started 12 minutes ago.",
            reverse("admin:automations_jobrun_changelist"),
        ),
        (
            "Messages wait to be sent: the oldest has been due for 12 minutes.",
            f"{log}?status__exact=queued",
        ),
        (
            "Members wait for their next step: the oldest has been due for 12 minutes.",
            reverse("admin:automations_enrollment_changelist"),
        ),
        (
            "Riverside: 400 of the last 1,200 text messages were refused or not answered.",
            f"{log}?status__exact=failed&channel__exact=sms&{of_the_club}",
        ),
        (
            "Riverside: 400 of the last 1,200 e-mails were refused or not answered.",
            f"{log}?status__exact=failed&channel__exact=email&{of_the_club}",
        ),
    ]
    page = admin_client.get(INDEX).content.decode()
    assert 'role="alert"' in page
    assert page.index("rollcall-alert") < page.index("scheduled-jobs") if "scheduled-jobs" in page else True
    for _words, link in told(admin_client):
        assert admin_client.get(link).status_code == 200


def test_staff_are_told_of_the_installation_and_of_their_own_clubs(client, club):
    alert("refusals", "sms", club=ClubFactory())
    alert("refusals", "sms", club=club)
    alert()
    client.force_login(staff_of(club))
    words = [words for words, _link in told(client)]
    assert [each.split(":")[0] for each in words] == ["Riverside", "The job “Sending” is late"]


def test_a_way_that_she_may_not_go_is_not_offered(client, club):
    alert()
    alert("queue_lag", "messages")
    alert("queue_lag", "enrollments")
    person = staff_of(club, permissions=())
    client.force_login(person)
    assert [link for _words, link in told(client)] == ["", "", ""]


def test_where_nothing_runs_any_more_the_page_says_so_itself(admin_client, club, settings):
    interval = IntervalSchedule.objects.create(every=1, period="minutes")
    PeriodicTask.objects.create(name="x", task="automations.jobs.deliver_messages", interval=interval)
    JobRun.objects.create(name="deliver_messages", started_at=NOW - 11 * MINUTE)
    settings.REDIS_URL = ""
    assert told(admin_client) == []  # Without a broker nothing could run by itself.
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert told(admin_client)[0][0] == "No scheduled job has run for 11 minutes."
    JobRun.objects.create(name="sweep_messages", started_at=NOW - 9 * MINUTE)
    JobRun.objects.filter(name="deliver_messages").update(started_at=NOW - 9 * MINUTE)
    assert told(admin_client) == []


def test_it_costs_the_same_for_one_alert_and_for_many(admin_client, club, django_assert_max_num_queries):
    for number in range(12):
        alert("refusals", "sms", club=ClubFactory())
        alert("job_late", f"job{number}")
    assert len(told(admin_client)) == 10
    with django_assert_max_num_queries(33):
        admin_client.get(INDEX)


def test_the_list_of_alerts_says_since_when_and_until_when(admin_client):
    alert(told_at=NOW, resolved_at=NOW + 40 * MINUTE)
    page = admin_client.get(reverse("admin:automations_alert_changelist")).content.decode()
    for words in ("The job “Sending” is late", "1 Sept 2025, 10:00", "1 Sept 2025, 10:40", "Over"):
        assert words in page


def test_the_list_of_alerts_is_for_superusers(client, club):
    client.force_login(UserFactory())
    assert client.get(reverse("admin:automations_alert_changelist")).status_code == 403
