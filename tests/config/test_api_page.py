"""The API's page: open to everybody, without a word from another host."""

import pytest
from django.urls import reverse

from members.api.keys import KeyThatMay
from members.models import Scope

pytestmark = pytest.mark.django_db


def test_the_page_loads_its_own_files_alone(client):
    response = client.get(reverse("api:openapi-view"))
    page = response.content.decode()
    assert response.status_code == 200
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert "https://" not in page
    assert "//cdn" not in page
    assert '"validatorUrl": null' in page


def test_the_description_is_openapi_and_names_every_address(client):
    described = client.get(reverse("api:openapi-json")).json()
    assert described["openapi"].startswith("3.")
    assert {
        (method, address.removeprefix("/api/v1"))
        for address, methods in described["paths"].items()
        for method in methods
    } == {
        ("get", "/members/{external_id}"),
        ("get", "/messages"),
        *(
            ("post", f"/{kind}")
            for kind in (
                "members",
                "agreements",
                "payments",
                "classes",
                "bookings",
                "visits",
                "documents",
                "consents",
            )
        ),
        *(("get", f"/me/{what}") for what in ("messages", "unread", "bookings", "preferences")),
        *(("post", f"/me/{what}") for what in ("links", "sessions", "tokens", "session", "preferences")),
        *(("post", f"/me/messages/{{pk}}/{deed}") for deed in ("read", "dismiss", "follow")),
        ("post", "/me/messages/read"),
        ("delete", "/me/session"),
    }


def test_every_scope_opens_something():
    from config.api import api

    asked = {
        callback.scope
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
        for callback in operation.auth_callbacks
        if isinstance(callback, KeyThatMay)
    }
    assert asked == set(Scope)
