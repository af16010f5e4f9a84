"""Error pages: kind, short, one way back, and the one of our own mistakes needs nothing to work."""

import re

import pytest
from django.shortcuts import render
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.views import defaults

from tests.factories import UserFactory

CODES = ["400", "403", "404", "500"]


@pytest.mark.parametrize("name", [*CODES, "403_csrf"])
def test_each_says_what_happened_and_offers_one_way_back_without_a_context_or_a_database(name):
    page = render_to_string(f"{name}.html")
    assert len(re.findall("<h1>", page)) == len(re.findall("<a ", page)) == 1
    assert len(re.sub("<[^>]*>", "", page).split()) < 60


@pytest.mark.parametrize("name", CODES)
def test_djangos_handlers_find_them(name, rf):
    request = rf.get("/")
    page = {
        "400": lambda: defaults.bad_request(request, Exception()),
        "403": lambda: defaults.permission_denied(request, Exception()),
        "404": lambda: defaults.page_not_found(request, Exception()),
        "500": lambda: defaults.server_error(request),
    }[name]()
    assert page.status_code == int(name)
    assert "<main>" in page.content.decode()
    assert render(request, f"{name}.html").content == page.content


@pytest.mark.django_db
def test_a_form_that_was_open_too_long_says_so():
    answer = Client(enforce_csrf_checks=True).post(reverse("admin:login"), {"username": "x"})
    assert answer.status_code == 403
    assert "Please send that once more" in answer.content.decode()


@pytest.mark.django_db
def test_a_session_that_ended_is_named_at_the_login_and_leads_back(client):
    person = UserFactory()
    client.force_login(person)
    client.session.flush()
    answer = client.get(reverse("admin:members_member_changelist"), follow=True)
    assert "Please log in to see the page" in answer.content.decode()
    assert answer.context["next"] == reverse("admin:members_member_changelist")
    assert "Please log in to see the page" not in client.get(reverse("admin:login")).content.decode()
    # Whoever comes for the first time has lost nothing.
    first = client.get("/", follow=True)
    assert first.context["next"] == reverse("admin:index")
    assert "Please log in to see the page" not in first.content.decode()


@pytest.mark.django_db
def test_logging_in_without_an_aim_leads_to_the_dashboard(client):
    person = UserFactory()
    person.set_password("correct horse")
    person.save()
    answer = client.post("/admin/login/", {"username": person.username, "password": "correct horse"})
    assert answer["Location"] == reverse("admin:index")
