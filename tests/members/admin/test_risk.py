"""The retention risk in the admin: on a member's page with why, and in the list as a column, a sort and a filter."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from members.admin.risk import risk_label
from members.models import Member
from members.operations.risk import score_members
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory, PaymentFactory, UserFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
LIST = "admin:members_member_changelist"


@pytest.fixture
def club():
    return ClubFactory()


@pytest.fixture
def staff(client, club):
    person = staff_of(club)
    client.force_login(person)
    return person


def fact_of(client, member):
    page = client.get(reverse("admin:members_member_change", args=[member.pk])).context["page"]
    return next((str(fact.value) for fact in page["facts"] if fact.label == "Retention risk"), "")


def test_a_members_page_says_the_risk_and_why(client, staff, club):
    member = MemberFactory(club=club, days_away=35)
    PaymentFactory(member=member, agreement=None)
    score_members(club=club, now=NOW)
    told = fact_of(client, member)
    for words in (
        "0.80",
        "Last came 35 days ago.",
        "Did not come for a month.",
        "Something is past due.",
        "To be watched since 1 Sept 2025, 10:00.",
    ):
        assert words in told


def test_a_members_page_says_nothing_where_there_is_no_risk(client, staff, club):
    assert fact_of(client, MemberFactory(club=club, days_away=2)) == ""
    assert fact_of(client, MemberFactory(club=club, days_away=90, frozen=True)) == ""


@pytest.mark.parametrize(
    ("also", "payments", "answers"),
    [([], False, False), (["view_payment"], True, False), (["view_message"], False, True)],
)
def test_what_is_past_due_or_unanswered_is_for_who_may_see_payments_or_messages(
    client, club, also, payments, answers
):
    person = UserFactory()
    person.user_permissions.add(*Permission.objects.filter(codename__in=["view_member", *also]))
    club.staff.add(person)
    club.sms_number = "+41791234567"
    club.save()
    client.force_login(person)
    member = MemberFactory(club=club, days_away=35)
    PaymentFactory(member=member, agreement=None)
    MessageFactory(member=member, status="sent", is_capped=True, sent_at=NOW, ended_at=NOW)
    told = fact_of(client, member)
    assert "Last came 35 days ago." in told
    assert ("past due" in told, "Did not answer the last text." in told) == (payments, answers)


def found(client, **asked):
    return [row.first_name for row in client.get(reverse(LIST), asked).context["cl"].result_list]


def test_the_list_shows_sorts_and_filters_by_it(client, staff, club):
    for name, days in (("Gone", 50), ("Fading", 31), ("Here", 1)):
        MemberFactory(club=club, first_name=name, days_away=days)
    score_members(club=club, now=NOW)
    page = client.get(reverse(LIST)).context["cl"]
    column = page.list_display.index("risk")
    assert found(client, o=f"-{column}") == ["Gone", "Fading", "Here"]
    assert found(client, o=f"{column}") == ["Here", "Fading", "Gone"]
    assert found(client, risk="high") == ["Gone"]
    assert sorted(found(client, risk="watch")) == ["Fading", "Gone"]
    assert len(found(client, risk="nonsense")) == 3


@pytest.mark.parametrize(
    ("score", "color"), [(0.7, "red"), (0.69, "orange"), (0.4, "orange"), (0.39, ""), (0.01, "")]
)
def test_the_score_has_the_color_of_what_it_asks_for(score, color):
    told = risk_label(score)
    assert f"{score:.2f}" in told
    assert [one for one in ("red", "orange") if one in told] == ([color] if color else [])


def test_no_risk_is_left_blank():
    assert risk_label(0.0) == ""


def test_a_form_read_earlier_does_not_undo_the_score(club):
    member = MemberFactory(club=club, days_away=35)
    score_members(club=club, now=NOW)
    member.save()
    assert Member.objects.get().retention_risk == 0.7
