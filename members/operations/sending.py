"""A club's brakes: holding everything back, letting it go on, and how many messages leave in an hour at most."""

from django.db import transaction

from members.models import Club


def pause_sending(*, club_id: int, why: str) -> bool:
    """Hold back everything of the club; False if it was held back already, by whoever was faster."""
    return _change(club_id, "sending_paused", True, why)


def resume_sending(*, club_id: int) -> bool:
    """Let messages leave again; False if they do already."""
    return _change(club_id, "sending_paused", False)


def set_hourly_ceiling(*, club_id: int, most: int | None) -> bool:
    """In any 60 minutes, None for no limit; False if it was so before."""
    return _change(club_id, "hourly_ceiling", most)


@transaction.atomic
def _change(club_id: int, name: str, value: bool | int | None, why: str = "") -> bool:
    club = Club.objects.select_for_update(no_key=True).get(pk=club_id)
    if getattr(club, name) == value:
        return False
    setattr(club, name, value)
    club._change_reason = why or None  # type: ignore[attr-defined]
    club.save(update_fields=[name])
    return True
