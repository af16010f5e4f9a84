"""Which of several wordings a member gets of a step: by shares the first time, and the same for good."""

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping

from automations.models import Variant


def letter_for(step: int, member: int, shares: Mapping[str, int]) -> str:
    """One of the letters of `shares`, each as often as its share says; without chance, so that two workers agree."""
    drawn = int.from_bytes(hashlib.sha256(f"{step}:{member}".encode()).digest()[:8]) % sum(shares.values())
    for letter, share in shares.items():
        if drawn < share:
            return letter
        drawn -= share
    raise AssertionError("The shares add up to what was drawn from.")


def choose_variants(
    *,
    step_id: int,
    member_ids: Collection[int],
    shares: Mapping[str, int],
    now: dt.datetime,
    keeps: bool = True,
) -> dict[int, str]:
    """By member the letter, one of `shares`; whoever got one before keeps it, whatever the shares are now.

    Three queries at most. Whose wording is gone by now gets the first one. Unless it `keeps` them, new ones are not
    written down.
    """
    known = _known(step_id, member_ids)
    new = sorted(set(member_ids) - known.keys())
    if not keeps:
        known |= {pk: letter_for(step_id, pk, shares) for pk in new}
    elif new:
        Variant.objects.bulk_create(
            [
                Variant(step_id=step_id, member_id=pk, letter=letter_for(step_id, pk, shares), chosen_at=now)
                for pk in new
            ],
            ignore_conflicts=True,
        )
        known = _known(step_id, member_ids)
    first = next(iter(shares))
    return {pk: letter if letter in shares else first for pk, letter in known.items()}


def _known(step_id: int, member_ids: Collection[int]) -> dict[int, str]:
    found = Variant.objects.filter(step=step_id, member__in=member_ids)
    return dict(found.values_list("member", "letter"))
