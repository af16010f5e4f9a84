"""What is wrong enough to tell people."""

import datetime as dt

import pytest

from automations.rules.alerts import Finding, lagging_queues, late_jobs, refusing_providers

MINUTE = dt.timedelta(minutes=1)


def test_each_late_job_is_found_with_its_minutes():
    [found] = late_jobs({"deliver_messages": 12.9 * MINUTE})
    assert (found, found.numbers) == (Finding("job_late", "deliver_messages"), {"minutes": 12})


@pytest.mark.parametrize(("minutes", "lags"), [(0, False), (30, False), (30.1, True), (600, True)])
def test_a_queue_lags_beyond_the_limit(minutes, lags):
    found = lagging_queues({"messages": minutes * MINUTE}, limit=30 * MINUTE)
    assert bool(found) == lags


@pytest.mark.parametrize(
    ("asked", "refused", "is_found"),
    [
        (0, 0, False),
        (19, 19, False),
        (20, 4, False),
        (20, 5, True),
        (5_000, 1_000, False),
        (5_000, 1_001, True),
    ],
)
def test_a_provider_refuses_many_above_the_share_and_never_of_a_few(asked, refused, is_found):
    found = refusing_providers([(7, "sms", asked, refused)], limit_percent=20)
    assert found == ([Finding("refusals", "sms", 7)] if is_found else [])
