"""One page per member: what matters on top, what happened in one story, and only what the reader may see."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from automations.models import Decision, WorkflowRun
from members.models import Club, Member, StaffTask
from members.operations.memberships import freeze
from tests.factories import (
    NOW,
    ClosureFactory,
    ClubFactory,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    StepFactory,
    VisitFactory,
    WorkflowFactory,
    WorkflowRunFactory,
)
from tests.members.admin.world import one_of_everything, staff_of
from tests.perk_factories import CreditEntryFactory, MemberEventFactory, OfferFactory, TagFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


def page(client, member):
    response = client.get(reverse("admin:members_member_change", args=[member.pk]))
    assert response.status_code == 200
    return response


def story(client, member):
    return [str(row["entry"].kind) for row in page(client, member).context["page"]["timeline"]]


def facts(client, member):
    return {str(fact.label): str(fact.value) for fact in page(client, member).context["page"]["facts"]}


def ago(days):
    return NOW - dt.timedelta(days=days)


def much(member, times):
    """So many of everything that happens to a member, under one workflow."""
    workflow, template = member.club.workflows.get(), member.club.message_templates.get()
    for number in range(times):
        VisitFactory(member=member, attended_at=ago(number + 1))
        OfferFactory(member=member, used_at=ago(number))
        CreditEntryFactory(member=member)
        TagFactory(club=member.club, members=[member])
        MemberEventFactory(member=member)
        MessageFactory(member=member, club=member.club, template=template)
        ConsentRecordFactory(member=member, channel="email", is_granted=number % 2 == 0)
        StaffTask.objects.create(
            club=member.club, member=member, description=f"Call {number}", due_on=NOW.date(), opened_at=NOW
        )
        run = WorkflowRunFactory(workflow=workflow)
        Decision.objects.filter(until_run=None).update(until_run=run)
        Decision.objects.create(workflow=workflow, member=member, reason="due", fact_at=NOW, from_run=run)
        member.membership_level = f"Level {number}"
        member.save()


def test_what_matters_stands_on_top(admin_client):
    member = MemberFactory(days_away=9, recurring=True, membership_level="Gold")
    StaffTask.objects.create(
        club=member.club, member=member, description="Call John", due_on=NOW.date(), opened_at=NOW
    )
    ConsentRecordFactory(member=member)
    shown = facts(admin_client, member)
    assert shown["Away"] == "9 days, since 23 August 2025"
    assert "Call John" in shown["Open task"]
    assert "Opted out of texts" in shown["Texts"]
    assert "May be sent" in shown["E-mails"]
    answer = page(admin_client, member).content.decode()
    assert "no network could connect it" in answer
    assert "Gold, recurring" in answer


@pytest.mark.parametrize(
    ("last", "words"), [(None, "never attended"), (0, "here today"), (1, "1 day, since 31 August 2025")]
)
def test_days_away_are_said_in_words(admin_client, last, words):
    assert facts(admin_client, MemberFactory(days_away=last))["Away"] == words


def test_closed_days_that_do_not_count_as_days_away_are_named(admin_client):
    member = MemberFactory(days_away=9)
    ClosureFactory(club=member.club, starts_on=dt.date(2025, 8, 30), reopens_on=dt.date(2025, 9, 1))
    assert facts(admin_client, member)["Away"] == "7 days, since 23 August 2025 (2 closed days not counted)"


def test_everything_that_happened_is_one_story_newest_first(admin_client):
    member = one_of_everything("Anna")[Member]
    Decision.objects.all().delete()
    Member.objects.update(membership_status="active")
    VisitFactory(member=member, attended_at=ago(3))
    MessageFactory(member=member, created_at=ago(2), template=MessageTemplateFactory(club=member.club))
    ConsentRecordFactory(member=member, channel="email", is_granted=True, recorded_at=ago(4))
    times = [row["entry"].at for row in page(admin_client, member).context["page"]["timeline"]]
    assert times == sorted(times, reverse=True)
    assert {"Visit", "SMS", "Task opened", "Opted out of texts", "Agreed to e-mails"} <= set(
        story(admin_client, member)
    )


def test_a_change_of_the_membership_tells_what_why_and_that_a_visit_is_none(admin_client):
    member = MemberFactory()
    freeze(member_id=member.pk, now=NOW, reason="Broke her leg")
    member.refresh_from_db()
    member.last_attended_at = ago(1)
    member.save()
    first, row = page(admin_client, member).context["page"]["timeline"]
    assert first["entry"].kind == "Follow-up status"
    assert row["entry"].words == "Membership: Active, now Frozen. Because: Broke her leg."


def test_a_decision_is_told_in_its_own_words(admin_client):
    workflow = WorkflowFactory()
    member = MemberFactory(club=workflow.club, days_away=9)
    run = WorkflowRunFactory(
        workflow=workflow,
        rule={
            "trigger": "missed_class",
            "trigger_params": workflow.trigger_params,
            "cooldown_days": 7,
            "clock": {"today": "2025-09-01", "zone": "UTC", "closures": []},
        },
    )
    Decision.objects.create(
        workflow=workflow, member=member, reason="due", fact_at=member.last_attended_at, from_run=run
    )
    (row,) = page(admin_client, member).context["page"]["timeline"]
    assert row["entry"].words == "Last came on 23 August 2025, 9 days away."


def test_a_long_story_is_cut_and_leads_to_the_full_lists(admin_client):
    member = MemberFactory()
    for number in range(60):
        VisitFactory(member=member, attended_at=ago(number))
    other = VisitFactory(member__club=member.club)
    answer = page(admin_client, member)
    assert len(answer.context["page"]["timeline"]) == 50
    assert "The latest 50 are shown." in answer.content.decode()
    (visits,) = [address for words, address in answer.context["page"]["lists"] if words == "All visits"]
    rows = admin_client.get(visits).context["cl"].queryset
    assert rows.count() == 60
    assert other not in rows


def test_each_full_list_opens_for_somebody_of_the_club_with_this_member_only(client):
    mine = one_of_everything("Anna")
    client.force_login(staff_of(mine[Club]))
    MemberFactory(club=mine[Club])
    lists = page(client, mine[Member]).context["page"]["lists"]
    assert len(lists) == 8
    for _words, address in lists:
        answer = client.get(address)
        assert answer.status_code == 200
        assert [row.member for row in answer.context["cl"].result_list] == [mine[Member]]


def test_a_short_story_is_not_called_cut(admin_client):
    assert "The latest 50" not in page(admin_client, VisitFactory().member).content.decode()


def test_nothing_yet_is_said_in_a_line(admin_client):
    member = MemberFactory()
    answer = page(admin_client, member).content.decode()
    assert "Nothing yet." in answer
    assert "This club has no workflow yet" in answer


ONLY = {
    "members.view_visit": {"Visit"},
    "members.view_stafftask": {"Task opened"},
    "messaging.view_message": {"SMS"},
    "messaging.view_consentrecord": {"Opted out of texts"},
    "automations.view_decision": {"Anna flow"},
    "members.view_offer": {"Offer"},
    "members.view_creditentry": {"+5 credits"},
    "members.view_memberevent": {"Anna called"},
}


@pytest.mark.parametrize("permission", ONLY)
def test_the_story_tells_only_what_the_reader_may_see(client, permission):
    mine = one_of_everything("Anna")
    client.force_login(staff_of(mine[Club], permissions=["members.view_member", permission]))
    assert set(story(client, mine[Member])) == ONLY[permission]


def test_a_reader_of_members_alone_sees_neither_messages_nor_consents_nor_workflows(client):
    mine = one_of_everything("Anna")
    client.force_login(staff_of(mine[Club], permissions=["members.view_member"]))
    shown = page(client, mine[Member])
    assert story(client, mine[Member]) == []
    assert set(facts(client, mine[Member])) == {
        "Away",
        "Phone",
        "E-mail",
        "Follow-up",
        "Retention risk",
    }
    assert "past due" not in shown.content.decode()
    assert shown.context["page"]["actions"] == []
    assert "Anna flow" not in shown.content.decode()
    assert "Opted out" not in shown.content.decode()


def test_words_that_people_typed_stay_words(admin_client):
    attack = "<script>alert(1)</script>"
    member = MemberFactory(first_name=attack, membership_level="<b>Gold</b>")
    StaffTask.objects.create(
        club=member.club, member=member, description=attack, due_on=NOW.date(), opened_at=NOW
    )
    ConsentRecordFactory(member=member, words=attack)
    answer = page(admin_client, member).content.decode()
    assert attack not in answer
    assert "<b>Gold" not in answer
    assert escape(attack) in answer


def test_the_page_costs_the_same_for_one_row_of_each_and_for_forty(admin_client):
    club = ClubFactory()
    template = MessageTemplateFactory(club=club, slug="hello")
    StepFactory(workflow=WorkflowFactory(club=club), action_params={"template": template.slug})
    member = MemberFactory(club=club, days_away=9)
    much(member, 1)

    def queries():
        page(admin_client, member)
        with CaptureQueriesContext(connection) as captured:
            page(admin_client, member)
        return len(captured)

    few = queries()
    member.visits.all().delete()
    much(member, 40)
    assert queries() == few
    assert few <= 61


def test_the_page_of_a_member_of_another_club_does_not_exist(client):
    client.force_login(staff_of(ClubFactory()))
    answer = client.get(reverse("admin:members_member_change", args=[MemberFactory().pk]))
    assert answer.status_code == 302
    assert answer.url == reverse("admin:index")


def test_delete_is_offered_only_where_it_would_not_be_refused(admin_client):
    free, written_to, consented = MemberFactory(), MessageFactory().member, ConsentRecordFactory().member
    offered = {
        member: reverse("admin:members_member_delete", args=[member.pk])
        in page(admin_client, member).content.decode()
        for member in (free, written_to, consented)
    }
    assert offered == {free: True, written_to: False, consented: False}


def test_the_page_of_an_old_version_and_the_form_for_a_new_one_have_no_story(admin_client):
    member = MemberFactory()
    version = member.history.first()
    for address in (
        reverse("admin:members_member_simple_history", args=[member.pk, version.pk]),
        reverse("admin:members_member_add"),
    ):
        assert "What happened" not in admin_client.get(address).content.decode()


def test_looking_changes_nothing(admin_client):
    member = one_of_everything("Anna")[Member]
    versions, runs = member.history.count(), WorkflowRun.objects.count()
    page(admin_client, member)
    assert (member.history.count(), WorkflowRun.objects.count()) == (versions, runs)
