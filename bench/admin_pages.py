"""The dashboard, and every list of the admin with every search, filter, sort and the last page, against 0.3 s for a page.

Asked through Django's test client by a superuser, by staff of clubs large and small, and by somebody who may only look;
on the day that the rows end, and each time as by the first to look: nothing is kept from the page before.
"""

import time
from collections.abc import Iterator
from statistics import median

import time_machine
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from rich.table import Table

from automations.jobs import count_ahead
from bench.admin_population import populate_admin
from bench.population import NOW
from bench.report import Line, Report
from members.models import Club
from tests.admin_pages import Page, lists_for, pages_of

REACH = 0.3
ROUNDS = 5
DASHBOARD = "Dashboard"

Asked = tuple[str, str]
"""What it is, and its address."""


def measure(members: int, report: Report) -> None:
    populate_admin(members)
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    missed = []
    with time_machine.travel(NOW, tick=True):
        began = time.perf_counter()
        count_ahead()
        report.say(f"Counted ahead, as every ten minutes, in {time.perf_counter() - began:.1f} s.")
        for who, person in _people().items():
            client = Client()
            client.force_login(person)
            table = Table(title=f"Pages as {who} sees them, {members:,} members", title_justify="left")
            for heading in ("list", "pages", "median", "slowest", ""):
                table.add_column(heading, no_wrap=True)
            for label, pages in _pages(person):
                taken = {page: _seconds(client, page[1]) for page in pages}
                slowest = max(taken, key=lambda page: taken[page])
                table.add_row(
                    label,
                    str(len(taken)),
                    f"{median(taken.values()):.3f} s",
                    f"{taken[slowest]:.3f} s",
                    slowest[0],
                )
                report.lines.append(Line(f"{who}: {label}", "", "", taken[slowest] / REACH, 1.0))
                missed += [
                    (seconds, f"{label}, {what} ({who}) {url}")
                    for (what, url), seconds in taken.items()
                    if seconds > REACH
                ]
            report.console.print(table)
    for seconds, page in sorted(missed, reverse=True):
        report.say(f"MISSED {seconds:.2f} s: {page}")


def _pages(person: User) -> Iterator[tuple[str, list[Asked]]]:
    yield DASHBOARD, [("of all clubs", f"{reverse('admin:index')}?club=all")]
    for model in lists_for(person):
        yield model._meta.label, [_asked(page) for page in pages_of(model, person)]


def _asked(page: Page) -> Asked:
    return page.what, page.url


def _seconds(client: Client, url: str) -> float:
    """The least of a few, since others on the machine only ever add to it; quick and far too slow are believed at once."""
    taken: list[float] = []
    while len(taken) < ROUNDS and not (taken and not REACH / 2 < min(taken) < 10 * REACH):
        cache.clear()
        began = time.perf_counter()
        answer = client.get(url)
        taken.append(time.perf_counter() - began)
        assert answer.status_code == 200, (url, answer.status_code)
    return min(taken)


def _people() -> dict[str, User]:
    clubs = list(Club.objects.filter(slug__startswith="admin-").order_by("slug"))
    people = {
        "a superuser": (None, []),
        "staff of the large club": ("large", clubs[:1]),
        "staff of a middling club": ("middling", clubs[5:6]),
        "staff of a tiny club": ("tiny", clubs[-1:]),
        "staff of two clubs": ("two", clubs[7:9]),
        "somebody of the large club who may only look": ("looking", clubs[:1]),
    }
    found = {}
    for who, (name, own) in people.items():
        person, _ = User.objects.get_or_create(
            username=f"bench-{name}", defaults={"is_staff": True, "is_superuser": name is None}
        )
        for club in own:
            club.staff.add(person)
        if name:
            may = Permission.objects.filter(
                content_type__app_label__in=("members", "messaging", "automations")
            )
            person.user_permissions.set(
                may.filter(codename__startswith="view_") if name == "looking" else may
            )
        found[who] = person
    return found
