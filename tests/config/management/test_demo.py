"""The demo shows the same on any day and at any hour, in a database that is its own, behind a password of its own.

It makes an SQLite file, so it runs in a process of its own: once through a list of moments.
"""

import datetime as dt
import json
import os
import re
import subprocess
import sys
import zoneinfo
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from members.models import FollowUpStatus

# By one worker, so that the demo is run once for all of them.
pytestmark = pytest.mark.xdist_group("demo")
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
MOMENTS = {
    "after midnight, clocks go back": dt.datetime(2026, 11, 1, 0, 30, tzinfo=NEW_YORK),
    "before the day begins": dt.datetime(2026, 6, 17, 7, 0, tzinfo=NEW_YORK),
    "at noon on a leap day": dt.datetime(2028, 2, 29, 12, 0, tzinfo=NEW_YORK),
    "late at night, clocks went forward": dt.datetime(2026, 3, 8, 23, 30, tzinfo=NEW_YORK),
}
TABLE = [
    ("M001", "7", "messaged", "due"),
    ("M002", "20", "messaged", "due"),
    ("M003", "34", "messaged", "due"),
    ("M004", "6", "skipped", "attended_recently"),
    ("M005", "35", "skipped", "inactive_recurring"),
    ("M006", "44", "skipped", "inactive"),
    ("M007", "17", "skipped", "frozen"),
    ("M008", "12", "skipped", "canceled"),
    ("M009", "", "skipped", "never_attended"),
    ("M010", "10", "skipped", "no_address"),
]
ROW = re.compile(r"^\S+ +(M\d{3}) +(\d*) +(messaged|skipped) +(\w+) ", re.MULTILINE)
PROGRAM = """
import datetime as dt, io, json, os, sys
import django, time_machine
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
import pathlib, shutil
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment
from config.management.commands import demo as command
from members.models import Club, Member

setup_test_environment()
database = pathlib.Path(settings.DATABASES["default"]["NAME"])
empty = settings.VAR_DIR.parent / (settings.VAR_DIR.name + "-empty.sqlite3")

def each_migration_once(name, *args, **options):
    if name != "migrate":
        call_command(name, *args, **options)
    elif empty.exists():
        shutil.copy(empty, database)
    else:
        call_command(name, *args, **options)
        connection.close()
        shutil.copy(database, empty)

command.call_command = each_migration_once

def demo():
    out = io.StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()

told = {}
for name, moment in json.load(sys.stdin).items():
    with time_machine.travel(dt.datetime.fromisoformat(moment)):
        said = demo()
        client = Client()
        client.login(username="demo", password=said.split("the password ")[1].split()[0])
        page = client.get("/admin/").context
        rows = [row for answer in page["due"] for row in answer.members] + page["left"]["rows"]
        told[name] = {
            "days": sorted((row["member"].external_id, str(row["days"])) for row in rows),
            "sent": [each["number"] for each in page["sending"]["totals"] if each["kind"] == "sent"],
            "said": said,
            "log": json.loads((settings.VAR_DIR / "log.json").read_text()),
            "messages": settings.MESSAGE_FILE.read_text(),
            "statuses": sorted(set(Member.objects.values_list("follow_up_status", flat=True))),
            "may_log_in": "_auth_user_id" in client.session,
        }
Club.objects.create(name="A real one", slug="real")
Member.objects.all().update(first_name="Kept")
try:
    demo()
except CommandError as refused:
    told["refused"] = str(refused)
told["kept"] = sorted(set(Member.objects.values_list("first_name", flat=True)))
told["files"] = sorted(path.name for path in settings.VAR_DIR.iterdir())
json.dump(told, open(settings.VAR_DIR / "told.json", "w"))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the demo said and left at each of the moments, and then in a database with a real club."""
    var = tmp_path_factory.mktemp("var")
    subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=django_settings.BASE_DIR,
        input=json.dumps({name: moment.isoformat() for name, moment in MOMENTS.items()}),
        env={
            **os.environ,
            "ROLLCALL_VAR_DIR": str(var),
            "DATABASE_URL": f"sqlite:///{var / 'rollcall.sqlite3'}",
            "MESSAGE_FILE": str(var / "messages.log"),
            "REDIS_URL": "",
            "TRANSPORT": "console",
        },
        text=True,
        capture_output=True,
        check=True,
        timeout=120,
    )
    kept: dict[str, Any] = json.loads((var / "told.json").read_text())
    return kept


@pytest.mark.sqlite
@pytest.mark.parametrize("moment", MOMENTS)
def test_it_shows_the_same_ten_members(moment: str, told: dict[str, Any]) -> None:
    assert ROW.findall(told[moment]["said"]) == TABLE


@pytest.mark.sqlite
@pytest.mark.parametrize("moment", MOMENTS)
def test_each_follow_up_status_is_shown_by_somebody(moment: str, told: dict[str, Any]) -> None:
    assert told[moment]["statuses"] == sorted(FollowUpStatus.values)


@pytest.mark.sqlite
@pytest.mark.parametrize("moment", MOMENTS)
def test_its_messages_really_leave(moment: str, told: dict[str, Any]) -> None:
    messages = told[moment]["messages"]
    to = re.findall(r"^To: (.*)$", messages, re.MULTILINE)
    assert sorted(to) == ["John (SMS)", "Maeve (SMS)", "Zoë (SMS)"]
    assert (
        "Body: Hey John, we missed you last week! Book your next class here 📌 https://riverside.example/book"
        in messages
    )


@pytest.mark.sqlite
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_dashboard_tells_the_same_days_away_as_the_table(moment: str, told: dict[str, Any]) -> None:
    named = {"M001", "M002", "M003", "M005"}
    assert told[moment]["days"] == [[member, days] for member, days, *_ in TABLE if member in named]
    assert told[moment]["sent"] == [3]


@pytest.mark.sqlite
@pytest.mark.parametrize("moment", MOMENTS)
def test_its_log_is_of_ten_in_the_morning_of_that_day(moment: str, told: dict[str, Any]) -> None:
    day = MOMENTS[moment].date()
    ten = dt.datetime.combine(day, dt.time(10), NEW_YORK).astimezone(dt.UTC)
    log = told[moment]["log"]
    assert {row["run_at"] for row in log} == {f"{ten:%Y-%m-%dT%H:%M:%SZ}"}
    assert [(row["member_id"], row["decision"], row["reason"]) for row in log] == [
        (member, decision, reason) for member, _days, decision, reason in TABLE
    ]
    assert [row["status"] for row in log if row["decision"] == "messaged"] == ["sent"] * 3


@pytest.mark.sqlite
def test_each_time_it_makes_another_password_that_logs_in(told: dict[str, Any]) -> None:
    passwords = {re.search(r"log in as demo with the password (\S+)", told[m]["said"])[1] for m in MOMENTS}
    assert len(passwords) == len(MOMENTS)
    assert min(map(len, passwords)) >= 12
    assert all(told[moment]["may_log_in"] for moment in MOMENTS)


@pytest.mark.sqlite
def test_it_would_not_touch_a_database_with_other_clubs(told: dict[str, Any]) -> None:
    assert "holds other clubs (A real one), which the demo would not touch" in told["refused"]
    assert told["kept"] == ["Kept"]


@pytest.mark.sqlite
def test_it_says_where_everything_is_and_keeps_the_former_database(told: dict[str, Any]) -> None:
    said = told["before the day begins"]["said"]
    for name in ("messages.log", "log.json", "log.csv"):
        assert f"/{name}" in said
        assert name in told["files"]
    assert "Next: make serve" in said
    assert "rollcall.before-demo.sqlite3" in told["files"]


@pytest.mark.sqlite
def test_it_sends_nothing_for_real(settings: Any) -> None:
    settings.TRANSPORT = "aws"
    with pytest.raises(CommandError, match="sends nothing for real"):
        call_command("demo")


@pytest.mark.postgresql
def test_it_leaves_a_server_database_alone() -> None:
    with pytest.raises(CommandError, match="only uses an SQLite file"):
        call_command("demo")
