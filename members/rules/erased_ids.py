"""Knowing an erased member's ID again without keeping it: a hash keyed with the installation's secret."""

from collections.abc import Collection

from django.conf import settings
from django.utils.crypto import salted_hmac

from members.models import ErasedMember

SALT = "members.erased"


def digest_of(club_id: int, external_id: str) -> str:
    return _digest(club_id, external_id, settings.SECRET_KEY)


def digests_of(club_id: int, external_id: str) -> list[str]:
    """By the present key, and by each former one that is still known."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [_digest(club_id, external_id, key) for key in keys]


def erased_among(club_id: int, external_ids: Collection[str]) -> set[str]:
    """Which of these IDs of the club were erased and may not come again; one query, none without IDs.

    A hash made with a former key counts as long as that key stands in SECRET_KEY_FALLBACKS.
    """
    whose = {digest: one for one in external_ids for digest in digests_of(club_id, one)}
    if not whose:
        return set()
    known = ErasedMember.objects.filter(club=club_id, digest__in=list(whose), may_return=False)
    return {whose[digest] for digest in known.order_by().values_list("digest", flat=True)}


def _digest(club_id: int, external_id: str, key: str) -> str:
    return salted_hmac(SALT, f"{club_id}:{external_id}", secret=key, algorithm="sha256").hexdigest()
