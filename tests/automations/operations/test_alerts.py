"""One alert per incident, told once by however many find it, over when it was quiet, and then again."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from automations import jobs
from automations.models import Alert, JobRun
from automations.operations.alerts import QUIET, give_back, keep_alerts, take_untold
from automations.rules.alerts import Finding
from tests.factories import NOW, ClubFactory, UserFactory

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
LATE = Finding("job_late", "deliver_messages", numbers={"minutes": 7})


def raised():
    return list(Alert.objects.order_by("pk").values_list("subject", "opened_at", "seen_at", "resolved_at"))


def test_what_is_found_again_stays_one_incident():
    assert keep_alerts([LATE], now=NOW) == {"alerts raised": 1, "alerts over": 0}
    worse = Finding("job_late", "deliver_messages", numbers={"minutes": 8})
    assert keep_alerts([worse], now=NOW + MINUTE) == {"alerts raised": 0, "alerts over": 0}
    assert raised() == [("deliver_messages", NOW, NOW + MINUTE, None)]
    assert Alert.objects.get().numbers == {"minutes": 8}


def test_it_is_over_once_it_was_quiet_and_a_new_incident_after_that():
    keep_alerts([LATE], now=NOW)
    assert keep_alerts([], now=NOW + QUIET - MINUTE)["alerts over"] == 0
    assert keep_alerts([], now=NOW + QUIET)["alerts over"] == 1
    later = NOW + QUIET + MINUTE
    assert keep_alerts([LATE], now=later)["alerts raised"] == 1
    assert raised() == [
        ("deliver_messages", NOW, NOW, NOW + QUIET),
        ("deliver_messages", later, later, None),
    ]


def test_what_comes_back_before_it_was_quiet_is_the_same_incident():
    keep_alerts([LATE], now=NOW)
    keep_alerts([], now=NOW + 9 * MINUTE)
    assert keep_alerts([LATE], now=NOW + 10 * MINUTE) == {"alerts raised": 0, "alerts over": 0}


def test_it_is_taken_to_be_told_once_for_each_incident():
    keep_alerts([LATE], now=NOW)
    assert len(take_untold(now=NOW)) == 1
    assert take_untold(now=NOW) == []
    keep_alerts([], now=NOW + QUIET)
    keep_alerts([LATE], now=NOW + QUIET + MINUTE)
    assert len(take_untold(now=NOW + QUIET + MINUTE)) == 1


def test_what_nobody_could_be_told_is_told_later():
    keep_alerts([LATE], now=NOW)
    give_back(take_untold(now=NOW))
    assert len(take_untold(now=NOW)) == 1


@pytest.mark.parametrize("of_a_club", [False, True])
def test_the_database_keeps_one_open_alert_of_a_kind(of_a_club):
    club = ClubFactory() if of_a_club else None
    values = {"kind": "refusals", "subject": "sms", "club": club, "opened_at": NOW, "seen_at": NOW}
    Alert.objects.create(**values, resolved_at=NOW)
    Alert.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(**values)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_schedulers_tell_it_once(monkeypatch):
    UserFactory(superuser=True)
    monkeypatch.setattr(jobs, "found", lambda now: [LATE, Finding("queue_lag", "messages")])
    together = Barrier(4)

    def check(_):
        together.wait(10)
        try:
            jobs.check_health()
        finally:
            connection.close()

    for incident in (1, 2):
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(check, range(4)))
        assert Alert.objects.filter(resolved_at=None).count() == 2
        assert sum(sent.subject.count("2 things") * 2 or 1 for sent in mail.outbox) == 2 * incident
        Alert.objects.update(resolved_at=NOW)
    assert set(JobRun.objects.values_list("status", flat=True)) == {"succeeded"}
