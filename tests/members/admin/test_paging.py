"""Lists that stay quick: counted and paged up to a bound, sorted by what an index serves, members found first."""

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import F
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext

from members.admin import member_search, paging
from members.admin.paging import BoundedPaginator, MoreThan, sorts_served
from members.models import Club, Member, Visit
from messaging.models import ConsentRecord, Message
from tests.factories import ClubFactory, MemberFactory, MessageFactory, VisitFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db
LOG = "/admin/messaging/message/"
MEMBERS = "/admin/members/member/"


@pytest.fixture
def club():
    club = ClubFactory()
    for number in range(12):
        MemberFactory(club=club, first_name=f"Name{number:02}")
    return club


@pytest.fixture
def bound(monkeypatch):
    monkeypatch.setattr(paging, "MOST", 10)
    monkeypatch.setattr(paging, "MOST_PAGES", 2)


def names(page):
    return [member.first_name for member in page.object_list]


def test_it_counts_up_to_its_bound_and_says_so(club, bound):
    paginator = BoundedPaginator(Member.objects.order_by("pk"), 3)
    assert (paginator.count, str(paginator.count)) == (10, "more than 10")
    assert paginator.is_cut_off
    assert paginator.num_pages == 2
    assert names(paginator.page(2)) == ["Name03", "Name04", "Name05"]


def test_rows_once_found_are_not_asked_again_whether_they_fit(club):
    """A filter that reads the whole table is asked once, not for each of three questions."""
    paginator = BoundedPaginator(Member.objects.filter(first_name__lt="Name07").order_by("pk"), 5)
    assert paginator.count == 7
    with CaptureQueriesContext(connection) as queries:
        assert names(paginator.page(2)) == ["Name05", "Name06"]
    assert not [query["sql"] for query in queries if "Name07" in query["sql"]]


def test_rows_are_found_and_sorted_in_one_question(club):
    paginator = BoundedPaginator(Member.objects.order_by("-last_attended_at", "-first_name"), 5)
    with CaptureQueriesContext(connection) as queries:
        assert names(paginator.page(2)) == ["Name06", "Name05", "Name04", "Name03", "Name02"]
    # The second fetches the rows of the page.
    assert len(queries) == 2


def test_a_list_in_no_order_of_its_own_keeps_that_of_its_table(club):
    paginator = BoundedPaginator(Member.objects.all(), 5)
    assert names(paginator.page(3)) == ["Name10", "Name11"]


def test_a_page_beyond_the_last_is_the_last(club, bound):
    paginator = BoundedPaginator(Member.objects.order_by("pk"), 3)
    assert names(paginator.page(25_000)) == names(paginator.page(2))
    assert names(paginator.page("nonsense")) == names(paginator.page(-4)) == names(paginator.page(1))


@pytest.mark.parametrize(
    "order",
    [
        ["pk"],
        ["-first_name"],
        ["club__name", "-pk"],
        ["last_attended_at", "pk"],
        [Lower("first_name").desc(), "pk"],
        [Lower("last_name"), F("pk").desc()],
    ],
)
def test_up_to_the_bound_every_page_is_there_in_its_order(club, order):
    rows = Member.objects.order_by(*order)
    paginator = BoundedPaginator(rows, 5)
    assert (paginator.count, paginator.num_pages, paginator.is_cut_off) == (12, 3, False)
    paged = [member.pk for number in (1, 2, 3) for member in paginator.page(number).object_list]
    assert paged == [member.pk for member in rows]


def test_a_bounded_count_is_a_number(club):
    assert MoreThan(10_000) == 10_000
    assert f"{MoreThan(10_000)!s}" == "more than 10,000"


def test_the_list_says_that_there_are_more_and_where_it_ends(club, bound, admin_client, monkeypatch):
    monkeypatch.setattr(admin.site._registry[Member], "list_per_page", 3)
    first = admin_client.get(MEMBERS).content.decode()
    assert "more than 10" in first
    assert "The list ends here." not in first
    last = admin_client.get(MEMBERS, {"p": "25000"})
    assert "The list ends here." in last.content.decode()
    assert last.context["cl"].page_num == 2


def test_a_table_is_sorted_only_by_what_an_index_serves():
    assert {"last_attended_at", "first_name"} <= (sorts_served(Member) or set())
    assert "external_id" not in (sorts_served(Member) or set())
    assert "external_id" in (sorts_served(Member, within="club") or set())
    assert "club" not in (sorts_served(Message) or set())
    assert "email" not in (sorts_served(Member, within="club") or set())
    assert sorts_served(Club) is None


def test_a_table_is_not_sorted_by_what_many_rows_share():
    """All texts would have to be sorted by their time, to show the newest of them first."""
    assert "recorded_at" in (sorts_served(ConsentRecord) or set())
    assert "channel" not in (sorts_served(ConsentRecord) or set())


def test_a_sort_that_no_index_serves_is_neither_offered_nor_done(club, admin_client):
    shown = admin_client.get(LOG).context["cl"]
    assert shown.sortable_by == ["written"]
    state = shown.list_display.index("state")
    assert admin_client.get(LOG, {"o": str(state)}).context["cl"].queryset.query.order_by == (
        "-created_at",
        "-id",
    )


@pytest.mark.parametrize(
    ("way", "expected"), [("", ("retention_risk", "pk")), ("-", ("-retention_risk", "-pk"))]
)
def test_rows_alike_follow_the_way_in_which_an_index_has_them(club, admin_client, way, expected):
    risk = admin_client.get(MEMBERS).context["cl"].list_display.index("risk")
    shown = admin_client.get(MEMBERS, {"o": f"{way}{risk}"}).context["cl"]
    assert shown.queryset.query.order_by == expected


def test_rows_are_found_by_their_member_in_two_steps(club, admin_client):
    VisitFactory(member=Member.objects.get(first_name="Name03"))
    VisitFactory(member=Member.objects.get(first_name="Name04"))
    with CaptureQueriesContext(connection) as queries:
        shown = admin_client.get("/admin/members/visit/", {"q": "name03"}).context["cl"]
    assert [visit.member.first_name for visit in shown.result_list] == ["Name03"]
    asked = [query["sql"] for query in queries if 'FROM "members_visit"' in query["sql"]]
    assert asked
    assert not [sql for sql in asked if "LIKE" in sql]


def test_a_number_is_found_as_it_is_spoken(club, admin_client):
    member = MemberFactory(club=club, phone="+41791234567")
    message = MessageFactory(member=member)
    for spoken in ("079 123 45 67", "+41 79 123 45 67", "0041 (0)79 123 45 67"):
        found = admin_client.get(LOG, {"q": spoken}).context["cl"].result_list
        assert [row.pk for row in found] == [message.pk]


def test_too_many_members_are_cut_off_and_it_says_so(club, admin_client, monkeypatch):
    monkeypatch.setattr(member_search, "MOST_MEMBERS", 5)
    for member in Member.objects.all():
        VisitFactory(member=member)
    answer = admin_client.get("/admin/members/visit/", {"q": "name"})
    assert len(answer.context["cl"].result_list) == 5
    assert "Please write more of the name" in answer.content.decode()


def test_a_search_finds_nobody_of_another_club(club, client):
    other = ClubFactory()
    VisitFactory(member=Member.objects.first())
    client.force_login(staff_of(other))
    assert not client.get("/admin/members/visit/", {"q": "name"}).context["cl"].result_list
    assert Visit.objects.exists()


def test_completing_a_name_counts_no_more_than_the_bound(club, bound, admin_client):
    asked = {"app_label": "members", "model_name": "visit", "field_name": "member", "term": "name"}
    found = admin_client.get("/admin/autocomplete/", asked).json()
    assert len(found["results"]) == 12
