"""Tomorrow's outbox, what the checks still to come would find: on the page, what may be done about it, and at what cost."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from automations.engine.advancement import advance
from automations.engine.daily import evaluate_due_workflows
from automations.jobs import count_ahead
from automations.models import PlannedCopy, Workflow
from automations.reports import foreseen_ahead
from messaging.models import Hold
from messaging.operations.delivery import deliver
from tests.automations.reports.ahead import OPENS, asked_today
from tests.factories import NOW, ClubFactory, EnrollmentFactory, MemberFactory, MessageFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
PAGE = reverse("admin:automations_tomorrow")
SEE = ("members.view_member", "messaging.view_message", "automations.view_enrollment")
CHECK = NOW.replace(hour=4) + dt.timedelta(days=1)


@pytest.fixture
def workflow():
    return asked_today()


@pytest.fixture
def aisha(workflow):
    return due_tomorrow(workflow, first_name="Aisha")


def due_tomorrow(workflow, **member):
    return MemberFactory(club=workflow.club, days_away=6, **member)


def words(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def rows(client, **asked):
    return [row["planned"] for row in client.get(PAGE, asked).context["rows"]]


def test_the_page_says_that_it_is_only_foreseen(admin_client, workflow, aisha):
    alone = words(admin_client.get(PAGE))
    assert "<strong>1</strong> message is planned." in alone
    assert "It is foreseen, as things stand." in alone
    MessageFactory(member=MemberFactory(club=workflow.club), due_at=OPENS)
    shown = words(admin_client.get(PAGE))
    assert "Hey Aisha, 7 days" in shown
    assert "Foreseen from tomorrow&#x27;s check, unless Aisha comes first." in shown
    assert "<strong>2</strong> messages are planned." in shown
    assert "One of them is foreseen, as things stand." in shown
    due_tomorrow(workflow)
    assert "2 of them are foreseen, as things stand." in words(admin_client.get(PAGE))


def test_a_day_without_anything_says_so(admin_client, workflow):
    shown = words(admin_client.get(PAGE))
    assert "Nothing is planned for that day so far." in shown
    assert "foreseen" not in shown
    assert "What follows a step or an event still to come is not among them." in shown


def test_only_the_member_can_be_held_before_there_is_a_message(admin_client, workflow, aisha):
    (row,) = admin_client.get(PAGE).context["rows"]
    assert [label for label, _url in row["deeds"]] == ["Hold the member"]
    admin_client.post(reverse("admin:members_member_action", args=[aisha.pk, "hold"]), {"until": "lifted"})
    assert Hold.objects.get().member == aisha
    assert "Everything to this member is held back by admin" in words(admin_client.get(PAGE))
    assert not PlannedCopy.objects.exists()


def test_what_was_held_before_the_check_waits_after_it(admin_client, workflow, aisha):
    admin_client.post(reverse("admin:members_member_action", args=[aisha.pk, "hold"]), {"until": "lifted"})
    evaluate_due_workflows(now=CHECK)
    advance(now=CHECK)
    assert deliver(clock=lambda: OPENS) == {"held": 1}


def test_a_run_that_would_be_held_is_said(admin_client, workflow, aisha):
    Workflow.objects.update(fuse_first=1)
    due_tomorrow(workflow)
    said = "Waits: So many at once that a person is asked first."
    assert words(admin_client.get(PAGE)).count(said) == 2


def test_who_may_not_hold_is_offered_nothing_and_other_clubs_stay_apart(client, workflow, aisha):
    client.force_login(staff_of(workflow.club, permissions=SEE))
    (row,) = client.get(PAGE).context["rows"]
    assert (row["planned"].member, row["deeds"]) == (aisha, [])
    other = asked_today(workflow__club=ClubFactory(name="Other"))
    due_tomorrow(other, first_name="Elsewhere")
    client.force_login(staff_of(other.club, permissions=SEE))
    shown = words(client.get(PAGE, {"club": workflow.club_id, "workflow": workflow.pk}))
    assert "Elsewhere" in shown
    assert "Aisha" not in shown
    client.force_login(staff_of(workflow.club, permissions=SEE[:2]))
    assert client.get(PAGE).status_code == 403


def test_one_workflow_of_several(admin_client, workflow, aisha):
    other = asked_today(workflow__club=workflow.club, workflow__slug="other", workflow__name="Other")
    assert len(rows(admin_client)) == 2
    assert [row.workflow for row in rows(admin_client, workflow=other.pk)] == [other]


@pytest.mark.parametrize("is_large", [False, True])
def test_thousands_come_in_pages_at_the_same_cost_each_once(admin_client, workflow, is_large, monkeypatch):
    monkeypatch.setattr("automations.reports.tomorrow.PAGE", 20)
    monkeypatch.setattr("messaging.reports.figures.LARGE", 1 if is_large else 10_000)
    step = workflow.steps.get()

    def seen(**asked):
        foreseen_ahead.count_ahead([workflow.club], NOW)
        with CaptureQueriesContext(connection) as queries:
            found = rows(admin_client, **asked)
        return found, len(queries)

    def more(number):
        for _ in range(number):
            due_tomorrow(workflow)
            EnrollmentFactory(workflow=workflow, step=step, position=1, due_at=OPENS)
            MessageFactory(member=MemberFactory(club=workflow.club), due_at=OPENS)

    more(2)
    few, cost = seen()
    more(10)
    many, cost_of_many = seen()
    # The first page is full of those foreseen, so the others' own questions are on the second.
    rest, cost_of_rest = seen(p=2)
    assert (len(few), len(many), len(rest)) == (6, 20, 16)
    assert max(cost_of_many, cost_of_rest) <= cost
    everyone = [row.member.pk for row in (*many, *rest)]
    assert len(everyone) == len(set(everyone)) == 36


@pytest.fixture
def is_large(monkeypatch):
    monkeypatch.setattr("messaging.reports.figures.LARGE", 1)


@pytest.mark.usefixtures("is_large")
class TestAClubOfManyMembers:
    def test_it_is_looked_for_ahead_and_says_when(self, admin_client, workflow, aisha):
        luis = due_tomorrow(workflow)
        count_ahead()
        late = due_tomorrow(workflow)
        assert [row.member for row in rows(admin_client)] == [aisha, luis]
        assert "Looked ahead on 1 Sept 2025, 10:00." in words(admin_client.get(PAGE))
        # After the next look.
        count_ahead()
        assert late in [row.member for row in rows(admin_client)]

    def test_who_came_in_since_is_not_shown(self, admin_client, workflow, aisha):
        luis = due_tomorrow(workflow)
        count_ahead()
        aisha.last_attended_at = NOW
        aisha.save()
        assert [row.member for row in rows(admin_client)] == [luis]

    def test_what_nobody_looked_for_is_looked_for_once(self, admin_client, workflow, aisha):
        due_tomorrow(workflow)
        assert len(rows(admin_client)) == 2
        due_tomorrow(workflow)
        assert len(rows(admin_client)) == 2

    def test_an_edited_workflow_is_asked_anew(self, admin_client, workflow, aisha):
        due_tomorrow(workflow)
        count_ahead()
        Workflow.objects.update(trigger_params=workflow.trigger_params | {"min_days": 8})
        assert rows(admin_client) == []

    def test_a_run_that_would_be_held_is_said(self, admin_client, workflow, aisha):
        due_tomorrow(workflow)
        Workflow.objects.update(fuse_first=1)
        count_ahead()
        assert {row.keeps for row in rows(admin_client)} == {"So many at once that a person is asked first"}
