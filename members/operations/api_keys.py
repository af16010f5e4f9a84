"""Making and revoking keys, and letting requests in: by hash, and no more of them a minute than the key allows.

A process takes a handful of a key's requests out of the database and hands them out by itself for at most a second. So the limit
holds for all processes together, the key's last use is kept to the second, and a request costs no statement for either.
"""

import datetime as dt
import hashlib
import hmac
import math
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from members.models import ApiKey, Club

BEGINNING = "rollcall_"
PREFIX_LENGTH = len(BEGINNING) + 8
MINUTE = dt.timedelta(minutes=1)
HELD_FOR = dt.timedelta(seconds=1)
HANDFULS = 100
"""Into so many a minute's requests are divided, so that no process takes them all."""


class UnknownKey(Exception):
    """No such key, or it is revoked."""


class TooManyRequests(Exception):
    """All requests of this minute are used up; `wait` is the number of seconds to the next."""

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(wait)


@dataclass
class Access:
    """What a key opens, and how many requests this process may still let in by it."""

    key_id: int
    club: Club
    scopes: frozenset[str]
    minute: dt.datetime
    held_until: dt.datetime
    left: int


def create_api_key(
    *,
    club: Club,
    name: str,
    scopes: Sequence[str],
    now: dt.datetime,
    requests_per_minute: int = 1200,
    by: AbstractBaseUser | None = None,
) -> tuple[ApiKey, str]:
    """The new key's row, and the key itself, which nobody can read again."""
    secret = BEGINNING + secrets.token_hex(4) + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        club=club,
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=_digest(secret),
        scopes=list(scopes),
        requests_per_minute=requests_per_minute,
        created_at=now,
        created_by_id=by.pk if by else None,
    )
    return key, secret


def revoke_api_key(*, key_id: int, now: dt.datetime) -> bool:
    """Close it for good; False if it was closed already. Another process may heed it for one more second."""
    revoked = ApiKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=now)
    _held.drop(key_id)
    return bool(revoked)


def let_in(*, secret: str, now: dt.datetime) -> Access:
    """What the key opens, one request counted. Raises UnknownKey or TooManyRequests."""
    digest = _digest(secret)
    if access := _held.one_of(digest, now):
        return access
    access = _take_out(secret[:PREFIX_LENGTH], digest, _held.give_back(digest), now)
    _held.keep(digest, access)
    return access


@transaction.atomic
def _take_out(prefix: str, digest: str, given_back: Access | None, now: dt.datetime) -> Access:
    """A handful of this minute's requests, one of them used; what is `given_back` is there for others again."""
    known = ApiKey.objects.filter(prefix=prefix, revoked_at=None).values_list("pk", "digest").first()
    if known is None or not hmac.compare_digest(known[1], digest):
        raise UnknownKey
    key = ApiKey.objects.select_for_update(of=("self",), no_key=True).select_related("club").get(pk=known[0])
    if key.revoked_at:
        raise UnknownKey
    minute = now.replace(second=0, microsecond=0)
    taken = key.taken if key.minute == minute else 0
    if given_back and given_back.minute == minute:
        taken -= given_back.left
    handful = min(max(key.requests_per_minute // HANDFULS, 1), key.requests_per_minute - taken)
    if handful < 1:
        raise TooManyRequests(math.ceil((minute + MINUTE - now).total_seconds()))
    ApiKey.objects.filter(pk=key.pk).update(minute=minute, taken=taken + handful, last_used_at=now)
    return Access(key.pk, key.club, frozenset(key.scopes), minute, now + HELD_FOR, handful - 1)


def _digest(secret: str) -> str:
    # A plain hash does for what was drawn from 2^256: there is nothing to guess.
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


class _Held:
    """The requests that this process took out, by the hash of their key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_digest: dict[str, Access] = {}

    def one_of(self, digest: str, now: dt.datetime) -> Access | None:
        with self._lock:
            access = self._by_digest.get(digest)
            if access is None or access.left < 1 or not access.minute <= now < access.minute + MINUTE:
                return None
            if not access.held_until - HELD_FOR <= now < access.held_until:
                return None
            access.left -= 1
            return access

    def give_back(self, digest: str) -> Access | None:
        with self._lock:
            return self._by_digest.pop(digest, None)

    def keep(self, digest: str, access: Access) -> None:
        with self._lock:
            # Two threads may have taken out a handful each at the same time.
            other = self._by_digest.get(digest)
            if other and other.minute == access.minute:
                access.left += other.left
            self._by_digest[digest] = access

    def drop(self, key_id: int) -> None:
        with self._lock:
            self._by_digest = {
                digest: access for digest, access in self._by_digest.items() if access.key_id != key_id
            }


_held = _Held()
