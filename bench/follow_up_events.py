"""Facts that come in while the check of everybody runs: one after the other until the input is closed, each with what it took."""

import datetime as dt
import json
import random
import sys
import threading
import time


def main(url: str, slug: str) -> None:
    from bench import database

    database.use(url)
    from bench.population import NOW
    from members.models import Agreement, Club
    from members.operations.agreements import AgreementFact, take_in_agreements
    from members.signals import facts_changed

    # Without a broker this process would do the workers' part as well.
    facts_changed.disconnect(dispatch_uid="automations.facts_changed")
    club = Club.objects.get(slug=slug)
    rng = random.Random(7)  # noqa: S311
    known = list(
        Agreement.objects.filter(club=club, is_trial=False).values_list(
            "external_id", "member__external_id", "purchased_on"
        )[:50_000]
    )
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    print("ready", flush=True)
    waits = []
    while not over.is_set():
        external_id, member, purchased_on = rng.choice(known)
        fact = AgreementFact(
            external_id=external_id,
            member=member,
            purchased_on=purchased_on,
            occurred_at=NOW + dt.timedelta(microseconds=len(waits)),
            past_due=rng.choice([0, 500]),
        )
        began = time.perf_counter()
        take_in_agreements(club=club, facts=[fact], now=NOW)
        waits.append(time.perf_counter() - began)
        time.sleep(0.002)
    print(json.dumps(sorted(waits)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
