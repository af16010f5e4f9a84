"""The content security policy: on every answer, and stricter where members look."""

import pytest
from django.urls import reverse

from messaging.rules.unsubscribe_links import unsubscribe_url
from tests.factories import MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def policy(response):
    parts = response["Content-Security-Policy"].split("; ")
    return {name: set(sources) for name, *sources in (part.split() for part in parts)}


def test_the_admin_loads_from_its_own_host_and_nobody_frames_it(client):
    client.force_login(UserFactory(superuser=True))
    found = policy(client.get(reverse("admin:index")))
    assert found == {
        "default-src": {"'self'"},
        "script-src": {"'self'", "'unsafe-eval'"},
        "style-src": {"'self'", "'unsafe-inline'"},
        "img-src": {"'self'", "data:"},
        "frame-src": {"'self'"},
        "object-src": {"'none'"},
        "base-uri": {"'self'"},
        "form-action": {"'self'"},
        "frame-ancestors": {"'none'"},
    }


@pytest.mark.parametrize("address", ["/admin/login/", "/nowhere", "/admin/members/member/"])
def test_whoever_is_not_logged_in_and_error_pages_have_it_too(client, address):
    assert "script-src" in policy(client.get(address))


@pytest.mark.parametrize("link", ["", "broken"])
def test_a_members_page_runs_no_script_and_has_no_style_within(client, settings, link):
    settings.PUBLIC_URL = ""
    response = client.get(unsubscribe_url(MemberFactory().pk, "sms") + link)
    found = policy(response)
    assert found["default-src"] == found["script-src"] == {"'none'"}
    assert found["style-src"] == found["img-src"] == {"'self'"}
    assert b"<style" not in response.content
    assert b"<script" not in response.content
