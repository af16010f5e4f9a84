"""An alert in one sentence, in the unit that a person would use."""

import pytest

from automations.models import Alert
from automations.reports.alert_words import in_a_sentence


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (1, "1 minute"),
        (119, "119 minutes"),
        (120, "2 hours"),
        (47 * 60 + 59, "47 hours"),
        (48 * 60, "2 days"),
    ],
)
def test_a_late_job_says_for_how_long(minutes, said):
    alert = Alert(kind="job_late", subject="deliver_messages", numbers={"minutes": minutes})
    assert in_a_sentence(alert) == f"The job “Sending” is late: it should have started {said} ago."


def test_an_alert_whose_numbers_are_missing_still_says_something():
    assert "0 minutes" in in_a_sentence(Alert(kind="queue_lag", subject="messages"))
