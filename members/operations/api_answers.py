"""Carrying out once what may be asked twice: the first to bring a name does it, and everybody gets her answer."""

import datetime as dt

from members.models import ApiAnswer

KEPT_FOR = dt.timedelta(hours=24)


class NameTaken(Exception):
    """The same name came before with another request."""


def answer_given(*, key_id: int, name: str, digest: str, now: dt.datetime) -> str | None:
    """The answer that was given, or None for whoever is first; she is to `keep_answer` in the same transaction.

    Whoever comes while the first is still at it waits for her. Raises NameTaken.
    """
    mine = ApiAnswer(api_key_id=key_id, name=name, digest=digest, created_at=now)
    ApiAnswer.objects.bulk_create([mine], ignore_conflicts=True)
    there = ApiAnswer.objects.values_list("digest", "body").get(api_key=key_id, name=name)
    if there[0] != digest:
        raise NameTaken
    return there[1] or None


def keep_answer(*, key_id: int, name: str, body: str) -> None:
    ApiAnswer.objects.filter(api_key=key_id, name=name).update(body=body)


def forget_old_answers(*, now: dt.datetime) -> int:
    """Those of a day and more ago; how many they were."""
    return ApiAnswer.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]
