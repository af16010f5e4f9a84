"""A club's system as a test plays it: a key, and requests that bear it."""

import json
from typing import Any

from django.test import Client
from django.utils import timezone

from members.models import Club, Scope
from members.operations.api_keys import create_api_key

EVERYTHING = tuple(Scope.values)


class ApiClient:
    """Talks to the API with a key of this club, by Django's test client."""

    def __init__(self, club: Club, scopes: tuple[str, ...] = EVERYTHING, **limits: int) -> None:
        self.club = club
        self.key, self.secret = create_api_key(
            club=club, name="Till", scopes=scopes, now=timezone.now(), **limits
        )
        self.client = Client(raise_request_exception=False)

    def post(self, kind: str, items: Any, **headers: str) -> Any:
        body = items if isinstance(items, bytes | str) else json.dumps(items)
        return self.client.post(
            f"/api/v1/{kind}",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}", **headers},
        )

    def get(self, address: str, **params: Any) -> Any:
        return self.client.get(
            f"/api/v1/{address}", params, headers={"Authorization": f"Bearer {self.secret}"}
        )

    def outcomes(self, kind: str, items: list[Any]) -> list[str]:
        """Like ["created", "refused"]."""
        response = self.post(kind, items)
        assert response.status_code == 200, response.content
        return [result["outcome"] for result in response.json()["results"]]

    def refusal(self, kind: str, item: dict[str, Any]) -> dict[str, str]:
        """The reasons for which this one item is refused, by field."""
        [result] = self.post(kind, [item]).json()["results"]
        assert result["outcome"] == "refused", result
        return {error["field"]: error["reason"] for error in result["errors"]}
