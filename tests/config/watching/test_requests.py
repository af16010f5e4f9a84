"""Every answer bears an id, the one that was given if it is sane; old counts are swept away."""

import os

import pytest
from django.http import HttpResponse

from config.watching.requests import FOLDER, UNUSED_FOR, share_counts, watched

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("given", ["0f8fad5b-d9cb-469f-a165-70867728950e", "trace.42_x", "a" * 64])
def test_a_sane_id_is_kept(client, given):
    assert client.get("/admin/login/", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "two words here", "line\nbreak-in-it", "<script>"])
def test_any_other_is_replaced(client, given):
    own = client.get("/admin/login/", headers={"X-Request-ID": given})["X-Request-ID"]
    assert len(own) == 32
    assert own != client.get("/admin/login/")["X-Request-ID"]


def test_an_address_that_does_not_exist_is_counted_as_none_of_ours(rf, caplog):
    caplog.set_level("DEBUG", logger="config.watching.requests")
    watched(lambda request: HttpResponse(status=404))(rf.generic("BREW", "/x/Jane?q=Doe"))
    assert caplog.messages[0].startswith("other none: 404 in ")


def test_what_is_slow_is_told_without_what_was_asked(rf, caplog, monkeypatch):
    monkeypatch.setattr("config.watching.requests.SLOW", -1)
    watched(lambda request: HttpResponse())(rf.get("/x/Jane?q=Doe"))
    [line] = caplog.records
    assert line.levelname == "WARNING"
    assert "Jane" not in line.getMessage()


def test_what_servers_that_are_gone_left_behind_is_removed(tmp_path, monkeypatch):
    monkeypatch.delenv(FOLDER, raising=False)
    for name, age in (("old", UNUSED_FOR + 60), ("young", UNUSED_FOR - 60)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "counter_1.db").touch()
        for path in (tmp_path / name / "counter_1.db", tmp_path / name):
            at = path.stat().st_mtime - age
            os.utime(path, (at, at))
    share_counts(tmp_path)
    monkeypatch.delenv(FOLDER)
    assert sorted(path.name.partition("-")[0] for path in tmp_path.iterdir())[-1] == "young"
    assert len(list(tmp_path.iterdir())) == 2
