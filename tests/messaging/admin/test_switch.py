"""The switch for all clubs: for superusers, kept in its history, and named on every page while it is on."""

import pytest
from django.urls import reverse

from messaging.models import SendingSwitch
from tests.factories import ClubFactory
from tests.members.admin.world import OURS, staff_of

pytestmark = pytest.mark.django_db
LIST = "admin:messaging_sendingswitch_changelist"
BANNER = "Sending is paused for all clubs"


def test_a_superuser_switches_it_and_the_history_says_who(admin_client, admin_user):
    add = reverse("admin:messaging_sendingswitch_add")
    assert admin_client.post(add, {"is_paused": "on", "why": "A wrong import"}).status_code == 302
    switch = SendingSwitch.objects.get()
    assert switch.is_paused
    assert switch.history.get().history_user == admin_user
    change = reverse("admin:messaging_sendingswitch_change", args=[switch.pk])
    admin_client.post(change, {"why": ""})
    switch.refresh_from_db()
    assert not switch.is_paused
    assert switch.history.count() == 2


def test_there_is_no_second_one_and_none_is_deleted(admin_client):
    switch = SendingSwitch.objects.create()
    assert admin_client.get(reverse("admin:messaging_sendingswitch_add")).status_code == 403
    delete = reverse("admin:messaging_sendingswitch_delete", args=[switch.pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403


def test_whoever_is_no_superuser_cannot_reach_it_but_reads_on_every_page_that_it_is_on(client):
    SendingSwitch.objects.create(is_paused=True, why="A wrong import")
    client.force_login(staff_of(ClubFactory(), permissions=OURS))
    assert client.get(reverse(LIST)).status_code == 403
    for page in ("admin:index", "admin:members_member_changelist", "admin:members_member_add"):
        html = client.get(reverse(page)).content.decode()
        assert BANNER in html
        assert "A wrong import" in html
        assert reverse(LIST) not in html


def test_nothing_is_said_while_it_is_off_nor_to_whoever_is_not_logged_in(client, admin_client):
    switch = SendingSwitch.objects.create(is_paused=False)
    assert BANNER not in admin_client.get(reverse("admin:index")).content.decode()
    switch.is_paused = True
    switch.save()
    assert BANNER in admin_client.get(reverse("admin:index")).content.decode()
    assert BANNER not in client.get(reverse("admin:login")).content.decode()
