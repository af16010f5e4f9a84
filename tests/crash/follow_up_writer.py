"""One of several writers who change the same members' facts at random: `python -m tests.crash.follow_up_writer SEED SECONDS`."""

import datetime as dt
import random
import sys
import time
from typing import Any

import django

NAMES = 200
AT_ONCE = 25


def main(seed: int, seconds: float) -> None:
    from django.utils import timezone

    from members.models import Club
    from members.operations.agreements import AgreementFact, take_in_agreements
    from members.operations.bookings import (
        BookingFact,
        ClassFact,
        take_in_bookings,
        take_in_class_sessions,
    )
    from members.operations.follow_up import check_follow_up
    from members.operations.payments import PaymentFact, take_in_payments

    rng, club = random.Random(seed), Club.objects.get()
    today = club.today(timezone.now())

    def some(kind: Any, **values: Any) -> list[Any]:
        now = timezone.now()
        names = rng.choices(range(NAMES), k=rng.randint(1, AT_ONCE))
        return [
            kind(
                external_id=f"{n}-{rng.randint(1, 2)}",
                member=f"M{n}",
                occurred_at=now,
                **{name: value(n) for name, value in values.items()},
            )
            for n in names
        ]

    def agreements() -> None:
        sessions = rng.choice([None, 1, 10])
        facts = some(
            AgreementFact,
            purchased_on=lambda _: today - dt.timedelta(days=rng.randint(1, 9)),
            sessions_bought=lambda _: sessions,
            sessions_left=lambda _: sessions and rng.randint(0, sessions),
            status=lambda _: rng.choice(["active", "active", "inactive", "collections"]),
            is_suspended=lambda _: rng.random() < 0.3,
            past_due=lambda _: rng.choice([None, 0, 500]),
            is_trial=lambda n: n % 4 == 0,
        )
        take_in_agreements(club=club, facts=facts, now=timezone.now())

    def payments() -> None:
        facts = some(
            PaymentFact,
            amount=lambda _: 100,
            currency=lambda _: "USD",
            due_on=lambda _: today - dt.timedelta(days=1),
            status=lambda _: rng.choice(["pending", "paid"]),
            agreement=lambda n: f"{n}-1",
        )
        take_in_payments(club=club, facts=facts, now=timezone.now())

    def bookings() -> None:
        facts = some(
            BookingFact,
            class_session=lambda _: f"C{rng.randint(0, 9)}",
            status=lambda _: rng.choice(["booked", "attended", "no_show", "canceled"]),
        )
        take_in_bookings(club=club, facts=facts, now=timezone.now())

    def classes() -> None:
        now = timezone.now()
        facts = [
            ClassFact(
                external_id=f"C{rng.randint(0, 9)}",
                name="Yoga",
                starts_at=now + dt.timedelta(days=rng.choice([-1, 1])),
                is_canceled=rng.random() < 0.3,
                occurred_at=now,
            )
            for _ in range(rng.randint(1, 5))
        ]
        take_in_class_sessions(club=club, facts=facts, now=now)

    def check() -> None:
        check_follow_up(club=club, now=timezone.now())

    done, longest = 0, 0.0
    until = time.monotonic() + seconds
    while (began := time.monotonic()) < until:
        rng.choices([agreements, payments, bookings, classes, check], weights=[8, 4, 4, 2, 1])[0]()
        longest = max(longest, time.monotonic() - began)
        done += 1
    print(f"{done} writes, the longest in {longest:.2f} s")


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]), float(sys.argv[2]))
