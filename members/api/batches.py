"""A batch as a club's system sends it: read, checked item by item, written in one transaction, answered item by item."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.api.problems import Problem
from members.models import Club
from members.operations.api_answers import NameTaken, answer_given, keep_answer
from members.operations.api_keys import Access

MOST_ITEMS = 1_000
LARGEST_BODY = 2_500_000
"""Bytes; a thousand items of the longest kind fit."""
NAME = re.compile(r"[\x21-\x7e]{1,255}")
TRIES = 3
OUTCOMES = ("created", "updated", "unchanged", "refused")

Result = dict[str, Any]
Take = Callable[[Club, list[dict[str, Any]], dt.datetime], list[Result]]
"""What becomes of each item, in their order; writes inside the transaction that is open."""


def take_batch(request: HttpRequest, take: Take) -> HttpResponse:
    """Answer a POST of items by what `take` makes of them."""
    access: Access = request.auth  # type: ignore[attr-defined]
    body = _body(request)
    name = request.headers.get("Idempotency-Key")
    if name is not None and not NAME.fullmatch(name):
        raise Problem(
            422, "idempotency_key", _("An Idempotency-Key has 1 to 255 letters, digits or signs, no spaces.")
        )
    now = timezone.now()
    if name is None:
        return _answer(_carried_out(access.club, _items(body), take, now))
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + body).hexdigest()
    return _once(access, name, digest, now, lambda: _carried_out(access.club, _items(body), take, now))


def _once(
    access: Access, name: str, digest: str, now: dt.datetime, carry_out: Callable[[], str]
) -> HttpResponse:
    try:
        with transaction.atomic():
            said = answer_given(key_id=access.key_id, name=name, digest=digest, now=now)
            if said is not None:
                return _answer(said, replayed=True)
            said = carry_out()
            keep_answer(key_id=access.key_id, name=name, body=said)
    except NameTaken:
        raise Problem(
            422, "idempotency_key_reused", _("This Idempotency-Key came before with another request.")
        ) from None
    return _answer(said)


def _carried_out(club: Club, items: list[Any], take: Take, now: dt.datetime) -> str:
    places = [place for place, item in enumerate(items) if isinstance(item, dict)]
    for tries in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                taken = take(club, [items[place] for place in places], now)
            break
        except IntegrityError:
            # Somebody else wrote the same number for another member in this very moment; once more will see it.
            if tries == TRIES:
                raise
    results: list[Result] = [refused(None, {"": _("must be an object.")})] * len(items)
    for place, result in zip(places, taken, strict=True):
        results[place] = result
    counts = dict.fromkeys(OUTCOMES, 0)
    for result in results:
        counts[result["outcome"]] += 1
    return json.dumps({"counts": counts, "results": results}, ensure_ascii=False, separators=(",", ":"))


def refused(external_id: Any, reasons: Mapping[str, str]) -> Result:
    errors = [{"field": field, "reason": reason} for field, reason in reasons.items()]
    return {"id": external_id, "outcome": "refused", "errors": errors}


def name_in(item: Mapping[str, Any]) -> str | None:
    """The ID that an item bears, to answer by, whatever else is wrong with it."""
    given = item.get("id", item.get("external_id"))
    return str(given)[:64].strip() if type(given) in (str, int) else None


def _answer(body: str, *, replayed: bool = False) -> HttpResponse:
    # What came in as text that is none (half of a pair of surrogates) is refused, and told as a question mark.
    response = HttpResponse(body.encode("utf-8", "replace"), content_type="application/json")
    if replayed:
        response["Idempotency-Replayed"] = "true"
    return response


def _body(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > LARGEST_BODY:
        _too_large()
    try:
        body = request.body
    except RequestDataTooBig:
        _too_large()
    if len(body) > LARGEST_BODY:
        _too_large()
    return body


def _too_large() -> NoReturn:
    raise Problem(413, "too_large", _("A request has 2.5 MB at most. Send it in parts."))


def _items(body: bytes) -> list[Any]:
    try:
        items = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Problem(400, "not_json", _("The request is not JSON in UTF-8.")) from None
    if not isinstance(items, list):
        raise Problem(422, "no_list", _("The request must be one list of items: [{…}, {…}]."))
    if len(items) > MOST_ITEMS:
        raise Problem(413, "too_many_items", _("A request has 1,000 items at most. Send them in parts."))
    return items


def _no_number(constant: str) -> NoReturn:
    raise ValueError(constant)


@dataclass(frozen=True)
class Checked:
    """The items that are right, with their places, and the results of the others."""

    places: Sequence[int]
    values: Sequence[dict[str, Any]]
    results: list[Result]

    def with_answers(self, answers: Sequence[Result]) -> list[Result]:
        """All results in the order of the items."""
        for place, result in zip(self.places, answers, strict=True):
            self.results[place] = result
        return self.results


def checked(
    items: Sequence[Mapping[str, Any]],
    check: Callable[[Mapping[str, Any]], tuple[dict[str, Any], dict[str, str]]],
) -> Checked:
    places, right = [], []
    results: list[Result] = [{}] * len(items)
    for place, item in enumerate(items):
        values, reasons = check(item)
        if reasons:
            results[place] = refused(name_in(item), reasons)
        else:
            places.append(place)
            right.append(values)
    return Checked(places, right, results)
