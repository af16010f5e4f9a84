"""How the API's page describes a batch, made from the same columns that check it."""

from collections.abc import Mapping
from typing import Any

from members.transfer.facts import Columns

_RESULT = {
    "type": "object",
    "properties": {
        "id": {"type": ["string", "null"]},
        "outcome": {"type": "string", "enum": ["created", "updated", "unchanged", "refused"]},
        "reason": {"type": "string", "description": "“older”: something newer is known already."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}
_ANSWER = {
    "type": "object",
    "properties": {
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "results": {"type": "array", "items": _RESULT, "description": "One for each item, in their order."},
    },
}
_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}
_REFUSALS = {
    401: "No key, an unknown or a revoked one",
    403: "The key lacks the scope",
    429: "The key's requests for this minute are used up; Retry-After says for how many seconds",
}
_REFUSALS_OF_BATCHES = {
    400: "No JSON",
    413: "More than 2.5 MB or 1,000 items",
    422: "No list, or an Idempotency-Key that came before with another request",
}


def item_of(columns: Columns) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name for name, column in columns.items() if column.is_needed],
        "properties": {name: dict(column.schema or {}) for name, column in columns.items()},
        "additionalProperties": False,
    }


def batch_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """What an operation that takes items of this kind adds to its description."""
    return {
        "parameters": [
            {
                "in": "header",
                "name": "Idempotency-Key",
                "required": False,
                "schema": {"type": "string", "maxLength": 255},
                "description": "A name of your choice: the same request again is not carried out again, and answered alike.",
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"type": "array", "maxItems": 1000, "items": dict(item)}}
            },
        },
        "responses": {
            200: {"description": "What became of each item", "content": _json(_ANSWER)},
            **refusals(_REFUSALS | _REFUSALS_OF_BATCHES),
        },
    }


def reading(shape: Mapping[str, Any], description: str, **others: str) -> dict[str, Any]:
    """What an operation that reads adds; `others` as `_404="…"`."""
    more = {int(status.lstrip("_")): words for status, words in others.items()}
    return {
        "responses": {
            200: {"description": description, "content": _json(shape)},
            **refusals(_REFUSALS | more),
        }
    }


def refusals(by_status: Mapping[int, str]) -> dict[int, Any]:
    return {
        status: {"description": words, "content": {"application/problem+json": {"schema": _PROBLEM}}}
        for status, words in by_status.items()
    }


def _json(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": dict(shape)}}
