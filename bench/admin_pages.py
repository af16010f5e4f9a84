"""Every list of the admin, with every search, filter, sort and the last page, against 0.3 s for a page.

Asked through Django's test client by a superuser, by somebody of one small club out of many, and by somebody of two.
"""

import time
from statistics import median

from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client
from rich.table import Table

from bench.admin_population import populate_admin
from bench.report import Line, Report
from members.models import Club
from tests.admin_pages import Page, lists_for, pages_of

REACH = 0.3
ROUNDS = 3


def measure(members: int, report: Report) -> None:
    populate_admin(members)
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    missed = []
    for who, person in _people().items():
        client = Client()
        client.force_login(person)
        table = Table(title=f"Lists as {who} sees them, {members:,} members", title_justify="left")
        for heading in ("list", "pages", "median", "slowest", ""):
            table.add_column(heading, no_wrap=True)
        for model in lists_for(person):
            taken = {page: _seconds(client, page) for page in pages_of(model, person)}
            slowest = max(taken, key=lambda page: taken[page])
            table.add_row(
                model._meta.label,
                str(len(taken)),
                f"{median(taken.values()):.3f} s",
                f"{taken[slowest]:.3f} s",
                slowest.what,
            )
            report.lines.append(Line(f"{who}: {model._meta.label}", "", "", taken[slowest] / REACH, 1.0))
            missed += [(seconds, who, page) for page, seconds in taken.items() if seconds > REACH]
        report.console.print(table)
    for seconds, who, page in sorted(missed, key=lambda each: -each[0]):
        report.say(f"MISSED {seconds:.2f} s: {page.model._meta.label}, {page.what} ({who}) {page.url}")


def _seconds(client: Client, page: Page) -> float:
    """The median of a few; one that is far too slow is believed at once."""
    taken: list[float] = []
    while len(taken) < ROUNDS and not (taken and taken[0] > 10 * REACH):
        began = time.perf_counter()
        answer = client.get(page.url)
        taken.append(time.perf_counter() - began)
        assert answer.status_code == 200, (page.url, answer.status_code)
    return median(taken)


def _people() -> dict[str, User]:
    clubs = list(Club.objects.filter(slug__startswith="admin-").order_by("slug"))
    people = {
        "a superuser": (None, []),
        "one large club": ("large", clubs[:1]),
        "one club of many": ("middling", clubs[5:6]),
        "one tiny club": ("tiny", clubs[-1:]),
        "two clubs of many": ("two", clubs[7:9]),
    }
    found = {}
    for who, (name, own) in people.items():
        person, _ = User.objects.get_or_create(
            username=f"bench-{name}", defaults={"is_staff": True, "is_superuser": name is None}
        )
        for club in own:
            club.staff.add(person)
        if name:
            ours = ("members", "messaging", "automations")
            person.user_permissions.set(Permission.objects.filter(content_type__app_label__in=ours))
        found[who] = person
    return found
