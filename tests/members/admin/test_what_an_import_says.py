"""What staff read around an import: whose phone cannot be dialed, which row was meant, and what comes next."""

import json

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories import ClubFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db
MAY_IMPORT = ("members.view_member", "members.add_member", "members.change_member")


@pytest.fixture
def staff(client, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    client.force_login(staff_of(ClubFactory(), permissions=MAY_IMPORT))
    return client


def previewed(client, content, name="members.csv"):
    file = SimpleUploadedFile(name, content.encode())
    return client.post(reverse("admin:members_member_import"), {"file": file})["Location"]


def test_whose_number_cannot_be_dialed_is_told_before_and_afterwards(staff):
    url = previewed(staff, "id,first_name,phone\n1,Ana,+155555501\n2,Bo,+41446681800\n")
    assert "1 (+155555501)" in staff.get(url).content.decode()
    staff.post(url)
    done = staff.get(url).content.decode()
    assert "1 (+155555501)" in done
    assert "+41446681800" not in done


def test_it_says_that_workflows_will_look_at_whoever_comes_in(staff):
    words = "follow up whoever is due"
    assert words in staff.get(previewed(staff, "id,first_name\n77,Ana\n")).content.decode()


def test_refused_rows_of_json_are_told_by_their_row(staff):
    rows = [{"id": 1, "first_name": "Ana"}, {"id": 2, "first_name": "Bo", "is_recurring": "maybe"}]
    url = previewed(staff, json.dumps(rows), "members.json")
    said = b"".join(staff.get(f"{url}refused.csv").streaming_content).decode("utf-8-sig")
    assert said.splitlines() == [
        "row,member,field,value,reason",
        '2,"Bo, 2",is_recurring,maybe,must be yes or no.',
    ]


def test_the_example_can_be_imported_as_it_is(staff):
    with open(finders.find("rollcall/examples/members.csv"), encoding="utf-8") as file:
        preview = staff.get(previewed(staff, file.read())).context["preview"]
    assert (preview.created, preview.refused_rows, preview.unknown_columns) == (2, 0, [])
