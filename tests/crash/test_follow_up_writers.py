"""Eight processes change the same members' facts at once: none fails or waits in a ring, and nobody's status is left stale.

FOLLOW_UP_SECONDS=60 lets them go on for a minute.
"""

import os
import random

import pytest
from django.utils import timezone

from members.models import FollowUpChange, Member
from members.rules.follow_up import stale
from tests.crash.follow_up_writer import NAMES
from tests.crash.processes import Processes
from tests.factories import ClassSessionFactory, ClubFactory, MemberFactory

WRITERS = 8
SECONDS = float(os.environ.get("FOLLOW_UP_SECONDS") or 8)


@pytest.mark.postgresql
def test_eight_writers_of_the_same_members_leave_nobody_stale(
    processes: Processes, rng: random.Random
) -> None:
    club = ClubFactory(time_zone="Pacific/Auckland")
    for n in range(NAMES):
        MemberFactory(club=club, external_id=f"M{n}", stage="lead" if n % 4 == 0 else "member")
    for n in range(10):
        ClassSessionFactory(club=club, external_id=f"C{n}")
    writers = [
        processes.python(
            "writer", "-m", "tests.crash.follow_up_writer", str(rng.randrange(10**6)), str(SECONDS)
        )
        for _ in range(WRITERS)
    ]
    processes.finish(*writers, within=SECONDS + 60)
    print("\n".join(writer.said for writer in writers))

    assert not stale(Member.objects.filter(club=club), club, timezone.now()).exists()
    assert set(Member.objects.values_list("follow_up_status", flat=True)) > {"active", "trial_booked"}
    for member in Member.objects.prefetch_related("follow_up_changes"):
        changes = sorted(member.follow_up_changes.all(), key=lambda change: change.pk)
        assert [change.from_status for change in changes] == ["", *(c.to_status for c in changes[:-1])]
        assert changes[-1].to_status == member.follow_up_status
    assert FollowUpChange.objects.count() > NAMES
