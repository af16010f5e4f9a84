"""What is held back, in the admin: the message's page says so, and letting go leads back to where one was."""

import pytest
from django.contrib import admin
from django.urls import reverse

from members.models import CreditEntry
from messaging.models import Hold
from messaging.operations.holds import hold_member, hold_message
from tests.factories import NOW, MessageFactory
from tests.perk_factories import CreditEntryFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def message():
    return MessageFactory()


def page_of(message):
    return reverse("admin:messaging_message_change", args=[message.pk])


def words(client, address):
    return " ".join(client.get(address).content.decode().split())


def test_the_page_of_a_held_message_promises_no_hour(admin_client, admin_user, message):
    assert "at the earliest" in words(admin_client, page_of(message))
    hold_message(message_id=message.pk, by=admin_user, now=NOW)
    shown = words(admin_client, page_of(message))
    assert "Held back until somebody lets it go." in shown
    assert "at the earliest" not in shown


def test_so_does_that_of_a_held_members_message(admin_client, admin_user, message):
    hold_member(member_id=message.member_id, until=NOW.replace(hour=22), by=admin_user, now=NOW)
    assert "Held back until 1 Sept 2025, 22:00." in words(admin_client, page_of(message))


def test_letting_go_leads_back_to_the_message(admin_client, admin_user, message):
    hold_message(message_id=message.pk, by=admin_user, now=NOW)
    there = f"{reverse('admin:messaging_hold_let_go', args=[Hold.objects.get().pk])}?next="
    [let_go] = [one for one in words(admin_client, page_of(message)).split('"') if one.startswith(there)][:1]
    assert admin_client.post(let_go).url == page_of(message)


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (None, "until somebody lets them go."),
        (NOW.replace(hour=22), "until 1 Sept 2025, 22:00."),
    ],
)
def test_letting_go_of_a_message_of_a_held_member_says_until_when_and_links_there(
    admin_client, admin_user, message, until, said
):
    hold = hold_message(message_id=message.pk, by=admin_user, now=NOW)
    of_all = hold_member(member_id=message.member_id, until=until, by=admin_user, now=NOW)
    address = reverse("admin:messaging_hold_let_go", args=[hold.pk])
    there = reverse("admin:messaging_hold_change", args=[of_all.pk])
    link = f'href="{there}">All messages to {message.member.first_name} are held back {said}</a>'
    assert link in words(admin_client, address)
    admin_client.post(address)
    shown = words(admin_client, page_of(message))
    assert f'Let go. <a class="rollcall-link" {link}' in shown
    assert "leaves as soon as it may" not in shown


def test_letting_go_of_a_message_alone_says_that_it_leaves(admin_client, admin_user, message):
    over = hold_member(member_id=message.member_id, until=NOW.replace(hour=1), by=admin_user, now=NOW)
    assert over.until < NOW
    hold = hold_message(message_id=message.pk, by=admin_user, now=NOW)
    admin_client.post(reverse("admin:messaging_hold_let_go", args=[hold.pk]))
    assert "Let go. It leaves as soon as it may." in words(admin_client, page_of(message))


@pytest.mark.parametrize("model", [Hold, CreditEntry])
def test_on_a_phone_the_first_column_is_called_by_its_name(admin_client, admin_user, message, model):
    hold_message(message_id=message.pk, by=admin_user, now=NOW)
    CreditEntryFactory(member=message.member)
    own = admin.site._registry[model]
    shown = words(admin_client, reverse(f"admin:{own.opts.app_label}_{own.opts.model_name}_changelist"))
    assert 'data-label="Select record"' not in shown
