"""`export_log` writes the log of one club where it is told to, or says why not."""

import csv
import json
from pathlib import Path

import pytest

from automations.models import Workflow
from tests.automations.management.conftest import Run
from tests.factories import ClubFactory, MemberFactory, StepFactory, WorkflowFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow(run: Run, provider: ScriptedTransport) -> Workflow:
    """Run on two days over two members."""
    club = ClubFactory(slug="lakeside", time_zone="America/New_York")
    workflow = StepFactory(workflow__club=club).workflow
    for days in (10, 40):
        MemberFactory(club=club, days_away=days)
    for day in (1, 2):
        run("run_workflow", "missed-class", "--as-of", f"2025-09-0{day}T10:00")
    return workflow


def test_json_and_csv_say_the_same(workflow: Workflow, run: Run, tmp_path: Path) -> None:
    for name in ("log.json", "log.csv"):
        assert run("export_log", tmp_path / name) == (0, f"4 rows written to {tmp_path / name}.\n")
    rows = json.loads((tmp_path / "log.json").read_text())
    assert [each["reason"] for each in rows] == ["due", "inactive", "cooldown", "inactive"]
    with (tmp_path / "log.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.DictReader(file)) == rows


@pytest.mark.parametrize(
    ("since", "days"),
    [
        ("2025-09-01", {"1", "2"}),
        ("2025-09-01T10:00", {"1", "2"}),
        ("2025-09-01T10:01", {"2"}),
        ("2025-09-02", {"2"}),
        ("2025-09-03", set()),
    ],
)
def test_since_is_in_the_clubs_zone(
    since: str, days: set[str], workflow: Workflow, run: Run, tmp_path: Path
) -> None:
    run("export_log", tmp_path / "log.json", "--since", since)
    assert {row["run_at"][9] for row in json.loads((tmp_path / "log.json").read_text())} == days


def test_runs_as_of_one_instant_follow_one_another_each_with_every_member_in_one_order(
    workflow: Workflow, run: Run, tmp_path: Path
) -> None:
    for as_of in ("2025-09-02T10:00", "2025-09-01T10:00"):
        run("run_workflow", "missed-class", "--as-of", as_of)
    exported = []
    for name in ("log.json", "again.json"):
        run("export_log", tmp_path / name)
        exported.append(json.loads((tmp_path / name).read_text()))
    rows = exported[0]
    members = list(workflow.club.members.order_by("pk").values_list("external_id", flat=True))
    assert [row["run_at"][8:10] for row in rows] == ["01", "01", "02", "02", "02", "02", "01", "01"]
    assert [row["member_id"] for row in rows] == members * 4
    assert exported[1] == rows


def test_each_club_has_a_log_of_its_own(workflow: Workflow, run: Run, tmp_path: Path) -> None:
    other = WorkflowFactory(club__slug="hillside")
    MemberFactory(club=other.club)
    assert run("export_log", tmp_path / "log.json")[0] == 2
    assert run("export_log", tmp_path / "log.json", "--club", "hillside")[1].startswith("0 rows")
    assert run("export_log", tmp_path / "log.json", "--club", "lakeside")[1].startswith("4 rows")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("log.txt", "The file's name must end in .json or .csv."),
        ("nowhere/log.csv", "{path} cannot be written: No such file or directory."),
    ],
)
def test_where_it_cannot_write_it_says_why(
    name: str, said: str, workflow: Workflow, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / name
    assert run("export_log", path) == (2, said.format(path=path))
    assert not list(tmp_path.rglob("*log*"))


def test_a_since_that_is_no_instant_writes_nothing(workflow: Workflow, run: Run, tmp_path: Path) -> None:
    assert run("export_log", tmp_path / "log.json", "--since", "yesterday")[0] == 2
    assert not list(tmp_path.iterdir())
