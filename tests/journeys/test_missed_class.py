"""Two days at a gym, through commands and jobs alone: who stayed away hears from it once, who came does not."""

import datetime as dt
import json
import zoneinfo
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from automations.models import JobRun, Workflow
from members.models import Member, StaffTask
from members.operations.visits import record_visit
from messaging.models import Message
from tests.factories import ClubFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db(transaction=True)
ZURICH = zoneinfo.ZoneInfo("Europe/Zurich")
EVERY = dt.timedelta(minutes=15)
MEMBERS = """id;first_name;last_attended_at;membership_status;is_recurring;phone;email
1;Ana;2025-08-20;active;true;+41446681801;
2;Bo;2025-08-22;active;true;+41446681802;
3;Cy;2025-08-26;active;false;+41446681803;
4;Di;2025-07-20;active;true;+41446681804;
5;Ed;2025-08-20;frozen;true;+41446681805;
6;Flo;2025-08-20;active;true;;flo@mail.example
7;Gus;2025-08-30;active;true;+41446681807;
"""


def at(day: int, time: str) -> dt.datetime:
    """That hour of a September day in the club."""
    return dt.datetime.combine(dt.date(2025, 9, day), dt.time.fromisoformat(time), ZURICH)


@pytest.fixture
def gym(tmp_path: Path, time_machine: Any) -> Path:
    """Set up on Sunday night: a club, its members from a file, the starting workflow switched on. Where files go."""
    time_machine.move_to(dt.datetime(2025, 8, 31, 22, tzinfo=ZURICH), tick=False)
    ClubFactory(slug="lakeside", time_zone="Europe/Zurich")
    (tmp_path / "members.csv").write_text(MEMBERS, encoding="utf-8")
    call_command("import_members", tmp_path / "members.csv")
    call_command("add_starting_workflows")
    Workflow.objects.filter(slug="missed-class").update(is_enabled=True)
    return tmp_path


def test_two_days_at_the_gym(gym: Path, time_machine: Any, provider: ScriptedTransport) -> None:
    told: list[tuple[str, str]] = []

    def the_schedule_runs(day: int, first: str, until: str) -> None:
        now = at(day, first)
        while now < at(day, until):
            time_machine.move_to(now, tick=False)
            call_command("run_job", "all")
            told.extend((envelope.first_name, f"{now:%a %H:%M}") for envelope in provider.asked[len(told) :])
            now += EVERY

    the_schedule_runs(1, "04:00", "07:30")
    assert dict(Message.objects.values_list("member__first_name", "status")) == {
        "Ana": "queued",
        "Bo": "queued",
    }
    assert {message.due_at for message in Message.objects.all()} == {at(1, "08:00")}

    time_machine.move_to(at(1, "07:30"), tick=False)
    bo = Member.objects.get(first_name="Bo")
    record_visit(member_id=bo.pk, attended_at=at(1, "07:30"), now=at(1, "07:30"))

    the_schedule_runs(1, "07:30", "23:30")
    the_schedule_runs(2, "04:00", "12:00")
    assert told == [("Ana", "Mon 08:00"), ("Cy", "Tue 08:00")]
    assert dict(Message.objects.values_list("member__first_name", "status")) == {
        "Ana": "sent",
        "Bo": "skipped",
        "Cy": "sent",
    }
    task = StaffTask.objects.get()
    assert (task.member.first_name, task.status, task.opened_at) == ("Di", "pending", at(1, "04:00"))
    assert not JobRun.objects.exclude(status="succeeded").exists()

    call_command("export_log", gym / "log.json")
    log = json.loads((gym / "log.json").read_text())
    monday, bo_came, tuesday = (
        {row["first_name"]: row for row in log if row["run_at"] == run_at}
        for run_at in ("2025-09-01T02:00:00Z", "2025-09-01T05:30:00Z", "2025-09-02T02:00:00Z")
    )
    assert len(log) == len(monday) + len(bo_came) + len(tuesday) == 7 + 1 + 7
    assert {name: row["reason"] for name, row in monday.items()} == {
        "Ana": "due",
        "Bo": "due",
        "Cy": "attended_recently",
        "Di": "inactive_recurring",
        "Ed": "frozen",
        "Flo": "no_address",
        "Gus": "attended_recently",
    }
    assert {name: row["reason"] for name, row in bo_came.items()} == {"Bo": "attended_recently"}
    assert {name: row["reason"] for name, row in tuesday.items()} == {
        "Ana": "cooldown",
        "Bo": "attended_recently",
        "Cy": "due",
        "Di": "inactive_recurring",
        "Ed": "frozen",
        "Flo": "no_address",
        "Gus": "attended_recently",
    }
    assert (monday["Ana"]["status"], monday["Ana"]["sent_at"]) == ("sent", "2025-09-01T06:00:00Z")
    assert monday["Ana"]["body"].startswith("Hey Ana, we missed you last week!")
    assert (monday["Bo"]["status"], monday["Bo"]["sent_at"]) == ("skipped", "")
    assert monday["Bo"]["reason_text"].endswith("Not sent: came back before it left.")
    assert tuesday["Cy"]["sent_at"] == "2025-09-02T06:00:00Z"
    assert all(row["reason_text"] for row in log)
