"""Answers that say what was asked for, in one form."""

from typing import Any

from django.http import JsonResponse


def as_json(body: dict[str, Any]) -> JsonResponse:
    """Names stay readable in every script."""
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})
