"""Credits in the admin: entered by a dialog, read in a list, never edited."""

import pytest
from django.urls import reverse

from members.models import CreditEntry
from members.operations.credits import balance_of
from tests.factories import NOW, MemberFactory
from tests.members.admin.questions import address, answer_to
from tests.members.admin.world import staff_of
from tests.perk_factories import CreditEntryFactory, LeaveFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


def test_they_are_entered_with_who_and_why(admin_client, admin_user):
    member = MemberFactory()
    data = answer_to("credits", admin_client, member, credits=5, reason="sorry for the noise")
    answer = admin_client.post(address("credits", member), data, follow=True)
    entry = CreditEntry.objects.get()
    assert (entry.credits, entry.reason, entry.entered_by, entry.entered_at) == (
        5,
        "sorry for the noise",
        admin_user,
        NOW,
    )
    assert str(*answer.context["messages"]) == "Entered. The balance is 5 credits."


@pytest.mark.parametrize("credits", ["0", "", "-6", "10001", "1.5"])
def test_what_cannot_be_entered_is_refused_at_the_field(credits, admin_client):
    member = CreditEntryFactory(credits=5).member
    data = answer_to("credits", admin_client, member, credits=credits, reason="x")
    form = admin_client.post(address("credits", member), data).context["form"]
    assert form.errors["credits"]
    assert balance_of(member) == 5


def test_the_balance_stands_on_the_page_for_who_may_see_it(client):
    member = CreditEntryFactory(credits=777).member
    page = reverse("admin:members_member_change", args=[member.pk])
    for more, is_shown in (([], False), (["members.view_creditentry"], True)):
        client.force_login(staff_of(member.club, permissions=["members.view_member", *more]))
        assert ("777" in client.get(page).content.decode()) is is_shown


def test_somebody_of_another_clubs_staff_is_not_sent_on_leave_here(admin_client):
    leave = LeaveFactory()
    stranger = LeaveFactory().person
    data = {"club": leave.club.pk, "starts_on": "2025-09-01", "returns_on": "2025-09-03", "note": ""}
    add = reverse("admin:members_leave_add")
    answer = admin_client.post(add, data | {"person": stranger.pk})
    assert "Nobody of this club" in answer.content.decode()
    assert admin_client.post(add, data | {"person": leave.person.pk}).status_code == 302


def test_who_comes_back_before_leaving_is_asked_again(admin_client):
    leave = LeaveFactory()
    data = {"club": leave.club.pk, "person": leave.person.pk, "note": ""}
    answer = admin_client.post(
        reverse("admin:members_leave_add"), data | {"starts_on": "2025-09-03", "returns_on": "2025-09-03"}
    )
    assert "must be after the first day away" in answer.content.decode()
