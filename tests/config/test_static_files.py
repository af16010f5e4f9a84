"""Static files: named by their content, compressed, and kept by browsers for good."""

import pytest
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.management import call_command
from django.http import HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

from config.static_files import StaticFiles


@pytest.fixture
def collected(settings, tmp_path):
    settings.STATIC_ROOT = str(tmp_path)
    storage = StaticFiles(location=str(tmp_path), base_url="/static/")
    source = StaticFilesStorage(location=str(settings.STATICFILES_DIRS[0]))
    storage.save("rollcall/admin.css", source.open("rollcall/admin.css"))
    list(storage.post_process({"rollcall/admin.css": (storage, "rollcall/admin.css")}))
    return storage


def test_a_collected_file_has_a_name_of_its_content_and_is_compressed(collected):
    name = collected.stored_name("rollcall/admin.css")
    assert name != "rollcall/admin.css"
    assert collected.exists(f"{name}.gz")


def test_browsers_keep_it_for_good(collected, settings, rf, monkeypatch):
    monkeypatch.setattr("whitenoise.middleware.staticfiles_storage", collected)
    settings.WHITENOISE_USE_FINDERS = False
    serve = WhiteNoiseMiddleware(lambda request: HttpResponse(status=404))
    response = serve(rf.get(collected.url("rollcall/admin.css")))
    assert response.status_code == 200
    assert "immutable" in response["Cache-Control"]


def test_what_was_not_collected_goes_by_its_plain_name(tmp_path):
    storage = StaticFiles(location=str(tmp_path), base_url="/static/")
    assert storage.url("rollcall/admin.css") == "/static/rollcall/admin.css"


@pytest.mark.django_db
@pytest.mark.usefixtures("client")
def test_the_static_files_command_finds_all_that_styles_refer_to(settings, tmp_path):
    settings.STATIC_ROOT = str(tmp_path)
    call_command("collectstatic", interactive=False, verbosity=0)
    assert (tmp_path / "staticfiles.json").exists()
