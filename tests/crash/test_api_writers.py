"""Eight systems change the same members' agreements over HTTP at once: nothing is lost, and every status is the right one.

API_WRITERS_SECONDS=60 lets them go on for a minute.
"""

import json
import os
import socket
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from members.models import Agreement, FollowUpChange, Member, Scope
from members.operations.api_keys import create_api_key
from members.rules.follow_up import with_follow_up
from tests.crash.processes import Processes, free_port
from tests.factories import ClubFactory, MemberFactory

WRITERS, MEMBERS = 8, 200
SECONDS = float(os.environ.get("API_WRITERS_SECONDS", "12"))
FIELDS = ("purchased_on", "status", "alert", "is_suspended", "past_due", "sessions_bought", "sessions_left")


@pytest.mark.postgresql
def test_each_member_ends_in_the_status_that_her_final_facts_give(
    processes: Processes, tmp_path: Path
) -> None:
    club = ClubFactory()
    for n in range(MEMBERS):
        MemberFactory(club=club, external_id=f"M{n}")
    now = timezone.now()
    _key, secret = create_api_key(
        club=club, name="CRM", scopes=[Scope.WRITE_AGREEMENTS], now=now, requests_per_minute=100_000
    )
    port = free_port()
    server = processes.start(
        "web",
        str(Path(sys.executable).with_name("granian")),
        *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "2", "--blocking-threads", "4", "config.wsgi:application"),
    )
    processes.until(lambda: _answers(port), "the server answers")

    files = [tmp_path / f"told-{seed}.jsonl" for seed in range(WRITERS)]
    writers = [
        processes.python(
            *("writer", "-m", "tests.crash.api_writer", f"http://127.0.0.1:{port}", secret),
            *(str(seed), str(SECONDS), str(MEMBERS), str(file)),
        )
        for seed, file in enumerate(files)
    ]
    processes.finish(*writers, within=SECONDS + 60)

    told = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert len(told) > MEMBERS
    final: dict[str, dict[str, object]] = {}
    for one in sorted(told, key=lambda one: one["occurred_at"]):
        final[one["id"]] = one
    stored = {row["external_id"]: row for row in Agreement.objects.values("external_id", *FIELDS)}
    assert stored.keys() == final.keys()
    for name, row in stored.items():
        row["purchased_on"] = row["purchased_on"].isoformat()
        assert {field: row[field] for field in FIELDS} == {field: final[name].get(field) for field in FIELDS}

    right = with_follow_up(Member.objects.all(), club, timezone.now())
    wrong = [member for member in right if member.follow_up_status != member.current]  # type: ignore[attr-defined]
    assert wrong == []
    for member in Member.objects.all():
        newest = FollowUpChange.objects.filter(member=member).order_by("-id").first()
        assert (newest.to_status if newest else "") == member.follow_up_status
    assert "rror" not in server.said


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
