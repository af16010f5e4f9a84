"""Lists: called as in the menu, and an empty one says in one line what belongs there, with one button."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from config.pages import EMPTY, list_name
from config.unfold import UNFOLD
from tests.factories import ClubFactory, UserFactory
from tests.members.admin.world import one_of_everything, staff_of

pytestmark = pytest.mark.django_db
ADMINS = list(admin.site._registry)


def changelist(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def empty_part(response):
    found = re.search(r'rollcall-empty">(.*?)</div>', response.content.decode(), re.DOTALL)
    assert found
    return found[1]


def test_every_registered_admin_says_what_belongs_into_it():
    assert {model._meta.label_lower for model in ADMINS} == set(EMPTY)


# Whoever looks at the logins has one.
@pytest.mark.parametrize("model", [m for m in ADMINS if m is not User], ids=lambda model: model.__name__)
def test_nothing_yet_and_no_match_are_told_apart_with_one_line_and_one_button(model, client):
    client.force_login(UserFactory(superuser=True))
    model.objects.all().delete()
    nothing = empty_part(client.get(changelist(model)))
    assert str(EMPTY[model._meta.label_lower][0]) in nothing
    no_match = (
        empty_part(client.get(changelist(model), {"q": "x"}))
        if admin.site._registry[model].search_fields
        else "Nothing matches.<p><a "
    )
    assert "Nothing matches." in no_match
    for part in (nothing, no_match):
        assert part.count("<a ") == 1


def test_no_button_leads_where_somebody_may_not_go(client):
    client.force_login(staff_of(permissions=["members.view_visit"]))
    assert "<a " not in empty_part(client.get(changelist(next(m for m in ADMINS if m.__name__ == "Visit"))))


def test_each_menu_entry_is_the_name_of_its_page(client):
    client.force_login(UserFactory(superuser=True))
    one_of_everything("Visible")
    for group in UNFOLD["SIDEBAR"]["navigation"]:
        for item in group["items"]:
            html = client.get(str(item["link"])).content.decode()
            assert re.search(rf"<title>\s*{item['title']}\b", html), item
            heading = re.search(r"<h1.*?</h1>", html, re.DOTALL)
            if str(item["link"]).strip("/") + "/" != "admin/":
                assert heading
                assert str(item["title"]) in heading[0], item


def test_a_list_beside_the_menu_has_its_own_name():
    model = next(model for model in ADMINS if model.__name__ == "MessageEvent")
    assert list_name(model._meta) == "Message events"


def test_each_page_of_the_menu_lights_its_own_entry_alone(client):
    ClubFactory()
    client.force_login(UserFactory(superuser=True))
    for entry in (one for group in UNFOLD["SIDEBAR"]["navigation"] for one in group["items"]):
        shown = client.get(str(entry["link"]), follow=True).context["sidebar_navigation"]
        lit = [str(one["title"]) for group in shown for one in group["items"] if one["active"]]
        assert lit == [str(entry["title"])]
