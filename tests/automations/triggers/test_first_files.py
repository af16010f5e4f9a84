"""A club's first files: whoever has had a status for long by what they say enters none today."""

import io
import json

import pytest

from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate, start_run
from members.models import Member
from members.transfer.fact_files import AGREEMENTS
from members.transfer.importing import import_file, import_members
from messaging.models import Message
from tests.automations.triggers.test_follow_up_status import workflow_for
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("ended", "messages"),
    [
        # Within seven days of the first of September in the club's zone, and the day before that.
        ("2025-08-25", 3),
        ("2025-08-24", 0),
        ("2024-02-29", 0),
    ],
)
def test_a_clubs_first_files_write_to_nobody_whose_agreement_ended_long_ago(club, ended, messages):
    workflow = workflow_for(club, status="canceled")
    names = ("M1", "M2", "M3")
    members = [{"id": name, "first_name": name, "phone": "+41446681800"} for name in names]
    import_members(club=club, path_or_file=as_json(members), now=NOW)
    ended_then = {"purchased_on": "2024-01-15", "status": "inactive", "alert": "canceled", "ends_on": ended}
    agreements = [{"id": f"A{name}", "member": name} | ended_then for name in names]
    import_file(AGREEMENTS, club=club, path_or_file=as_json(agreements), now=NOW)
    assert set(Member.objects.values_list("follow_up_status", flat=True)) == {"canceled"}
    evaluate(start_run(workflow, kind="by_hand", now=NOW))
    advance(now=NOW)
    assert Message.objects.count() == messages


def as_json(rows):
    return io.BytesIO(json.dumps(rows).encode())
