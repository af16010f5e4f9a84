"""A member's browser, and how a link comes to it."""

import re
from typing import Any

import pytest
from django.test import Client

from members.models import Member
from messaging.models import MemberSession
from messaging.operations.member_sessions import open_session
from messaging.operations.sign_in_links import send_links
from tests.factories import NOW


class Browser(Client):
    """Checks forms as a real one would, and knows how to ask for a link."""

    def __init__(self, outbox: Any) -> None:
        super().__init__(enforce_csrf_checks=False)
        self.outbox = outbox

    def ask(self, address: str, club: str = "") -> Any:
        return self.post(f"/me/sign-in{f'?club={club}' if club else ''}", {"address": address})

    def links(self) -> list[str]:
        """Those that were sent so far, as paths."""
        text = self.outbox.read_text() if self.outbox.exists() else ""
        return re.findall(r"http://localhost:8000(/me/link/[\w-]+)", text)

    def sign_in(self, member: Member, **values: Any) -> MemberSession:
        session, secret = open_session(
            member=member, way=MemberSession.Way.LINK, now=NOW, channel="email", **values
        )
        self.cookies["rollcall_member"] = secret
        return session


@pytest.fixture
def browser(settings: Any, at_now: None) -> Browser:
    settings.PUBLIC_URL = "http://localhost:8000"
    settings.SECURE_SSL_REDIRECT = False
    return Browser(settings.MESSAGE_FILE)


@pytest.fixture
def public_url(settings: Any) -> str:
    """What the links in messages begin with."""
    settings.PUBLIC_URL = "https://rollcall.example"
    settings.SECURE_SSL_REDIRECT = False
    return settings.PUBLIC_URL


@pytest.fixture
def visitor(public_url: str) -> Client:
    """Somebody who follows a link without being signed in, and whose forms are checked."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> Any:
    """Does at once what a worker would do when it is rung."""
    return lambda: send_links(now=NOW)
