"""Tomorrow's outbox: what is on it, in which words and why, what may be done about it, and by whom."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate, start_run
from automations.models import Enrollment, PlannedCopy, WorkflowRun
from messaging.models import Hold, Message
from messaging.operations.delivery import deliver
from tests.factories import (
    NOW,
    ClubFactory,
    ConsentRecordFactory,
    EnrollmentFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    StepFactory,
)
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
TOMORROW = NOW + dt.timedelta(days=1)
PAGE = reverse("admin:automations_tomorrow")


@pytest.fixture
def step():
    step = StepFactory(delay=1)
    template = MessageTemplateFactory(
        club=step.workflow.club, text_body="Hey {{ first_name }}, {{ days_away }} days"
    )
    step.action_params = {"template": template.slug}
    step.save()
    return step


def standing(step, due_at=TOMORROW, **member):
    member.setdefault("days_away", 10)
    return EnrollmentFactory(
        workflow=step.workflow,
        member=MemberFactory(club=step.workflow.club, **member),
        step=step,
        position=1,
        due_at=due_at,
    )


def words(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def rows(client, **asked):
    return [row["planned"] for row in client.get(PAGE, asked).context["rows"]]


def test_it_lists_what_waits_and_what_the_next_steps_will_write(admin_client, step):
    standing(step, first_name="Aisha")
    MessageFactory(
        member=MemberFactory(club=step.workflow.club, first_name="Luis"), due_at=TOMORROW, origin="by hand"
    )
    shown = words(admin_client.get(PAGE))
    assert "2 September 2025" in shown
    assert "<strong>2</strong> messages are planned." in shown
    # As of tomorrow, when she will be one day further away.
    assert "Hey Aisha, 11 days" in shown
    assert "Hey Luis, we missed you" in shown
    assert "By hand" in shown


def test_it_says_why_this_member(admin_client, step):
    member = MemberFactory(club=step.workflow.club, days_away=10)
    evaluate(start_run(step.workflow, kind=WorkflowRun.Kind.BY_HAND, now=NOW), finished_at=NOW)
    advance(now=NOW)
    (row,) = rows(admin_client)
    assert row.member == member
    assert row.why == "Last came on 22 August 2025, 10 days away."
    assert (row.workflow, row.position) == (step.workflow, 1)


@pytest.mark.parametrize(
    ("hours", "is_listed"),
    [(-15, False), (-14, True), (13, True), (22, False), (23.99, False)],
)
def test_a_message_belongs_to_the_day_on_which_it_leaves(admin_client, step, hours, is_listed):
    # NOW is 10:00 UTC of the 1st and the club sends from 8 to 20.
    standing(step, due_at=TOMORROW.replace(hour=10) + dt.timedelta(hours=hours))
    assert bool(rows(admin_client)) == (is_listed and hours < 10)


def test_a_member_in_another_zone_has_quiet_hours_of_their_own(admin_client, step):
    # 20:30 UTC of the 1st is 08:30 of the 2nd in Auckland: it leaves at once, on the club's 1st.
    early = standing(step, due_at=NOW.replace(hour=20, minute=30), time_zone="Pacific/Auckland")
    late = standing(step, due_at=NOW.replace(hour=20, minute=30))
    assert [row.enrollment for row in rows(admin_client)] == [late]
    early.due_at = NOW.replace(hour=23)
    early.save()
    assert [row.enrollment for row in rows(admin_client)] == [late]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu", "America/New_York"])
def test_the_day_is_the_clubs_own(admin_client, zone):
    club = ClubFactory(time_zone=zone)
    member = MemberFactory(club=club)
    day = club.today(NOW) + dt.timedelta(days=1)
    at = dt.datetime.combine(day, dt.time(9), club.zone)
    for days in (-1, 0, 1):
        MessageFactory(member=member, due_at=at + dt.timedelta(days=days))
    assert [row.at for row in rows(admin_client)] == [at]


def test_who_will_be_skipped_is_said(admin_client, step):
    gone, back, _away = (standing(step, first_name=name) for name in ("Gone", "Back", "Away"))
    ConsentRecordFactory(member=gone.member)
    back.member.last_attended_at = NOW
    back.member.save()
    said = {row.member.first_name: (row.keeps, row.is_skipped) for row in rows(admin_client)}
    assert said == {
        "Gone": ("Opted out", True),
        "Back": ("Came back before it left", True),
        "Away": ("", False),
    }
    shown = words(admin_client.get(PAGE))
    assert "Will not be sent: Opted out." in shown


def test_what_cannot_be_filled_is_said(admin_client, step):
    template = step.workflow.club.message_templates.get(slug=step.action_params["template"])
    template.text_body = "Ask {{ trainer_name }}"
    template.save()
    standing(step)
    (row,) = rows(admin_client)
    assert row.is_skipped
    assert "The trainer's name" in row.keeps


def test_paused_sending_is_said(admin_client, step):
    standing(step)
    step.workflow.club.sending_paused = True
    step.workflow.club.save()
    assert rows(admin_client)[0].keeps == "Sending is paused for the club"


def test_looking_writes_nothing(admin_client, step):
    second = MessageTemplateFactory(club=step.workflow.club)
    step.action_params |= {"template_b": second.slug, "share": 1, "share_b": 1}
    step.save()
    standing(step)
    before = list(Enrollment.objects.values())
    assert rows(admin_client)
    from automations.models import Variant

    assert list(Enrollment.objects.values()) == before
    assert not Variant.objects.exists()
    assert not Message.objects.exists()


def post(client, name, pk, **data):
    return client.post(reverse(f"admin:{name}", args=[pk]), data)


def run_tomorrow():
    advance(now=TOMORROW)
    return deliver(clock=lambda: TOMORROW)


def test_a_planned_message_that_is_held_waits_in_the_outbox(admin_client, admin_user, step):
    held, other = standing(step), standing(step)
    post(admin_client, "automations_planned_hold", held.pk)
    assert "Held back by admin since" in words(admin_client.get(PAGE))
    assert run_tomorrow() == {"held": 1, "sent": 1}
    message = held.step_runs.get().message
    assert (message.status, message.reason) == ("queued", "held")
    assert Hold.objects.get().held_by == admin_user
    assert message.events.first().detail == "admin: hold it back."
    assert other.step_runs.get().message.status == "sent"


def test_let_go_before_its_hour_it_leaves_as_planned(admin_client, step):
    enrollment = standing(step)
    post(admin_client, "automations_planned_hold", enrollment.pk)
    post(admin_client, "automations_planned_hold", enrollment.pk)
    assert run_tomorrow() == {"sent": 1}
    told = words(admin_client.get(reverse("admin:automations_enrollment_change", args=[enrollment.pk])))
    assert "Hold back the next message." in told
    assert "Let go: let the next message leave." in told


def test_other_words_for_one_planned_message(admin_client, step):
    own, other = standing(step, first_name="Aisha"), standing(step, first_name="Luis")
    post(admin_client, "automations_planned_edit", own.pk, text_body="Get well, {{ first_name }}!")
    assert [row.text for row in rows(admin_client)] == ["Get well, Aisha!", "Hey Luis, 11 days"]
    run_tomorrow()
    assert own.step_runs.get().message.text_body == "Get well, Aisha!"
    assert other.step_runs.get().message.text_body == "Hey Luis, 11 days"
    assert "admin: changed the words" in own.step_runs.get().message.events.first().detail
    # It is the message's now, and is deleted with its words.
    assert not PlannedCopy.objects.exists()


def test_other_words_are_checked_like_a_template(admin_client, step):
    enrollment = standing(step)
    response = post(admin_client, "automations_planned_edit", enrollment.pk, text_body="Hi {{ nickname }}")
    assert "nickname" in words(response)
    assert not PlannedCopy.objects.exists()


def test_words_for_another_channel_than_it_takes_by_then_are_left_aside(admin_client, step):
    enrollment = standing(step)
    post(admin_client, "automations_planned_edit", enrollment.pk, text_body="Short")
    email = MessageTemplateFactory(as_email=True, club=step.workflow.club, text_body="Long")
    step.action_params = {"template": email.slug}
    step.save()
    run_tomorrow()
    message = enrollment.step_runs.get().message
    assert message.text_body == "Long"
    assert "It goes another way by now" in message.events.first().detail


def test_what_moved_on_is_neither_held_nor_changed(admin_client, step):
    enrollment = standing(step)
    advance(now=TOMORROW)
    assert post(admin_client, "automations_planned_hold", enrollment.pk).status_code == 404
    assert not PlannedCopy.objects.exists()


def test_a_held_member_stands_on_the_page(admin_client, step):
    enrollment = standing(step)
    admin_client.post(
        reverse("admin:members_member_action", args=[enrollment.member_id, "hold"]), {"until": "tomorrow"}
    )
    assert Hold.objects.get().until == dt.datetime(2025, 9, 3, tzinfo=dt.UTC)
    assert "Everything to this member is held back by admin" in words(admin_client.get(PAGE))
    page = words(admin_client.get(reverse("admin:members_member_change", args=[enrollment.member_id])))
    assert "held back until 3 Sept 2025, 00:00" in page


def test_it_offers_only_what_the_person_may_do_in_clubs_of_theirs(client, step):
    enrollment = standing(step, first_name="Aisha")
    see = ("members.view_member", "messaging.view_message", "automations.view_enrollment")
    client.force_login(staff_of(step.workflow.club, permissions=see))
    shown = words(client.get(PAGE))
    assert "Aisha" in shown
    assert "Hold it back" not in shown
    assert post(client, "automations_planned_hold", enrollment.pk).status_code == 403
    assert post(client, "automations_planned_edit", enrollment.pk, text_body="x").status_code == 403
    client.force_login(staff_of(ClubFactory(), permissions=see))
    assert "Aisha" not in words(client.get(PAGE, {"club": step.workflow.club_id}))
    client.force_login(staff_of(step.workflow.club, permissions=see[:2]))
    assert client.get(PAGE).status_code == 403


def test_a_day_of_thousands_comes_in_pages_at_the_same_cost(admin_client, step, monkeypatch):
    monkeypatch.setattr("automations.reports.tomorrow.PAGE", 20)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            found = rows(admin_client)
        return found, len(asked)

    for _ in range(3):
        standing(step)
        MessageFactory(member=MemberFactory(club=step.workflow.club), due_at=TOMORROW)
    few, cost = queries()
    for _ in range(15):
        standing(step)
        MessageFactory(member=MemberFactory(club=step.workflow.club), due_at=TOMORROW)
    many, cost_of_many = queries()
    assert (len(few), len(many)) == (6, 20)
    assert cost_of_many == cost
    rest = rows(admin_client, p=2)
    assert len(rest) == 16
    assert not {id(row.enrollment or row.message) for row in many} & {
        id(row.enrollment or row.message) for row in rest
    }
    seen = {(row.enrollment and row.enrollment.pk, row.message and row.message.pk) for row in (*many, *rest)}
    assert len(seen) == 36
    assert "Later ones" in words(admin_client.get(PAGE))


def test_one_workflow_of_several(admin_client, step):
    standing(step)
    MessageFactory(member=MemberFactory(club=step.workflow.club), due_at=TOMORROW, origin="another")
    assert len(rows(admin_client)) == 2
    assert len(rows(admin_client, workflow=step.workflow.pk)) == 1
