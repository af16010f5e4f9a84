"""`run_workflow` follows up as of any instant and tells what it did; a dry run only tells."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.apps import apps

from automations.models import Workflow, WorkflowRun
from messaging.models import Message
from tests.automations.management.conftest import Run
from tests.factories import NOW, ClubFactory, MemberFactory, StepFactory, WorkflowFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
AS_OF = ("--as-of", "2025-09-01T10:00Z")


@pytest.fixture
def workflow() -> Workflow:
    """Of a club with four members, each with a reason of her own."""
    club = ClubFactory(name="Lakeside", slug="lakeside")
    for name, more in {
        "Ana": {"days_away": 10},
        "Bo": {"days_away": 6},
        "Cy": {"days_away": 1240},
        "Di": {},
    }.items():
        MemberFactory(club=club, external_id=f"ID-{name}", first_name=name, **more)
    return StepFactory(workflow__club=club).workflow


def rows_of_all_models() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def test_it_prints_everyone_with_the_reason_and_what_became_of_the_message(
    workflow: Workflow, run: Run, provider: ScriptedTransport
) -> None:
    code, text = run("run_workflow", "missed-class", *AS_OF)
    assert code == 0
    assert [line.rstrip() for line in text.splitlines()] == [
        "Member  ID      Days away  Decision  Reason             Why",
        "Ana     ID-Ana         10  messaged  due                Last came on 22 August 2025, 10 days away.",
        "Bo      ID-Bo           6  skipped   attended_recently  Last came on 26 August 2025, 6 days away, needs 7.",
        "Cy      ID-Cy        1240  skipped   inactive           Last came on 10 April 2022, 1240 days away: 35 or more is too "
        "long for a message.",
        "Di      ID-Di              skipped   never_attended     Has never attended, so there is nothing to miss.",
        "",
        "due: 1, attended_recently: 1, inactive: 1, never_attended: 1",
        "Messages: sent 1.",
    ]
    assert [envelope.first_name for envelope in provider.asked] == ["Ana"]


def test_a_second_run_sends_nothing_more(workflow: Workflow, run: Run, provider: ScriptedTransport) -> None:
    run("run_workflow", "missed-class", *AS_OF)
    _code, text = run("run_workflow", "missed-class", *AS_OF)
    assert "cooldown: 1" in text
    assert "Messages: nothing was due." in text
    assert len(provider.asked) == 1


def test_in_the_quiet_hours_the_table_says_queued(
    workflow: Workflow, run: Run, provider: ScriptedTransport
) -> None:
    _code, text = run("run_workflow", "missed-class", "--as-of", "2025-09-01T05:00Z")
    assert "messaged, queued" in text
    assert Message.objects.get().due_at == NOW.replace(hour=8)
    assert provider.asked == []


def test_a_dry_run_shows_the_same_and_changes_nothing(
    workflow: Workflow, run: Run, provider: ScriptedTransport
) -> None:
    before = rows_of_all_models()
    code, planned = run("run_workflow", "missed-class", "--dry-run", *AS_OF)
    assert code == 0
    assert rows_of_all_models() == before
    assert provider.asked == []
    _code, done = run("run_workflow", "missed-class", *AS_OF)
    table, said = planned.rsplit("\n", 2)[0], planned.splitlines()[-1]
    assert said == "Dry run: nothing was written, nothing was sent."
    assert table == done.rsplit("\n", 2)[0]


@pytest.mark.parametrize(
    ("text", "as_of"),
    [
        ("2025-09-01", dt.datetime(2025, 9, 1, 4)),
        ("2025-09-01T10:00", dt.datetime(2025, 9, 1, 14)),
        ("2025-09-01 10:00:30", dt.datetime(2025, 9, 1, 14, 0, 30)),
        ("2025-09-01T10:00Z", dt.datetime(2025, 9, 1, 10)),
        ("2025-09-01T10:00+02:00", dt.datetime(2025, 9, 1, 8)),
        ("2025-12-01T10:00", dt.datetime(2025, 12, 1, 15)),
    ],
)
def test_an_instant_without_an_offset_is_the_clubs(text: str, as_of: dt.datetime, run: Run) -> None:
    StepFactory(workflow__club__time_zone="America/New_York")
    assert run("run_workflow", "missed-class", "--as-of", text)[0] == 0
    made = WorkflowRun.objects.get()
    assert made.as_of == made.finished_at == as_of.replace(tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["tomorrow", "2025-02-30", "2025-09-01T25:00", "10:00", "1756720800"])
def test_what_is_no_instant_is_explained(text: str, workflow: Workflow, run: Run) -> None:
    code, said = run("run_workflow", "missed-class", "--as-of", text)
    assert code == 2
    assert said == f"“{text}” is no instant. Write it like 2025-09-01T10:00 or 2025-09-01T10:00+02:00."
    assert not WorkflowRun.objects.exists()


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_without_an_instant_it_is_now(
    more: tuple[str, ...], workflow: Workflow, run: Run, provider: ScriptedTransport
) -> None:
    with time_machine.travel(NOW + dt.timedelta(days=1), tick=False):
        assert "22 August 2025, 11 days away" in run("run_workflow", "missed-class", *more)[1]


def test_a_name_it_does_not_know_is_answered_with_those_it_knows(workflow: Workflow, run: Run) -> None:
    WorkflowFactory(club=workflow.club, slug="welcome", name="Welcome")
    WorkflowFactory(slug="elsewhere")
    code, text = run("run_workflow", "mised-class", "--club", "lakeside")
    assert (code, text) == (2, "Lakeside has no workflow “mised-class”. It has: missed-class, welcome.")


def test_a_club_without_workflows_says_so(run: Run) -> None:
    ClubFactory(name="Lakeside")
    assert run("run_workflow", "missed-class") == (
        2,
        "Lakeside has no workflow “missed-class”. It has: none yet.",
    )


def test_one_that_is_off_is_refused_but_can_be_looked_at(
    workflow: Workflow, run: Run, provider: ScriptedTransport
) -> None:
    Workflow.objects.update(is_enabled=False)
    code, text = run("run_workflow", "missed-class", *AS_OF)
    assert code == 1
    assert (
        text
        == "“Missed class” is off. Turn it on in the admin first. To look without doing anything: --dry-run"
    )
    assert not WorkflowRun.objects.exists()
    assert "due: 1" in run("run_workflow", "missed-class", "--dry-run", *AS_OF)[1]


def test_of_several_clubs_it_wants_to_know_which(
    workflow: Workflow, run: Run, provider: ScriptedTransport
) -> None:
    other = WorkflowFactory(club__slug="hillside")
    MemberFactory(club=other.club, days_away=10)
    assert run("run_workflow", "missed-class", *AS_OF) == (
        2,
        "Say which club, with --club and one of: hillside, lakeside",
    )
    assert run("run_workflow", "missed-class", "--club", "lakeside", *AS_OF)[0] == 0
    assert run("run_workflow", "missed-class", "--club", "seaside") == (
        2,
        "There is no club “seaside”. There is: hillside, lakeside",
    )
    assert {made.workflow for made in WorkflowRun.objects.all()} == {workflow}


def test_a_message_of_somebody_else_is_not_sent_along(
    workflow: Workflow, run: Run, provider: ScriptedTransport
) -> None:
    other = StepFactory(workflow__club=workflow.club, workflow__slug="other").workflow
    run("run_workflow", other.slug, "--as-of", "2025-09-01T05:00Z")
    run("run_workflow", "missed-class", *AS_OF)
    assert [message.origin for message in Message.objects.filter(status="sent")] == ["missed-class"]


def test_a_long_table_is_cut_and_still_counted(
    workflow: Workflow, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from automations.management import workflow_option

    def cut(rows: Any, stdout: Any) -> Any:
        return workflow_option.print_table(rows, stdout, limit=2)

    monkeypatch.setattr("automations.management.commands.run_workflow.print_table", cut)
    _code, text = run("run_workflow", "missed-class", "--dry-run", *AS_OF)
    assert "… and 2 more; export_log writes them all." in text
    assert "ID-Cy" not in text
    assert "due: 1, attended_recently: 1, inactive: 1, never_attended: 1" in text


def test_a_name_with_brackets_is_printed_as_it_is(run: Run) -> None:
    workflow = WorkflowFactory()
    MemberFactory(club=workflow.club, first_name="[red]Zoë[/] 😀", days_away=10)
    assert "[red]Zoë[/] 😀" in run("run_workflow", "missed-class", "--dry-run", *AS_OF)[1]


def test_a_club_without_members_has_an_empty_table(run: Run) -> None:
    WorkflowFactory()
    assert "No members yet." in run("run_workflow", "missed-class", "--dry-run")[1]
