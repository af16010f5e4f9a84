"""The names that Django makes from attributes are listed for translators, and none is listed for nothing."""

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import override

from config.model_names import APPS, FIELDS, MODELS
from members.models import Member, StaffTask


def models():
    return [model for app in APPS for model in apps.get_app_config(app).get_models(include_auto_created=True)]


def test_each_field_without_a_name_of_its_own_is_listed():
    with override(None):
        made = {
            str(field.verbose_name)
            for model in models()
            for field in (*model._meta.local_fields, *model._meta.local_many_to_many)
            if field._verbose_name is None
        }
    assert made == FIELDS


def test_each_model_without_a_name_of_its_own_is_listed():
    with override(None):
        made = {
            str(model._meta.verbose_name)
            for model in models()
            if "verbose_name" not in model._meta.original_attrs
            and not model._meta.auto_created
            and not model.__name__.startswith("Historical")
        }
    assert made == set(MODELS)


def test_they_are_said_in_the_readers_language(monkeypatch):
    monkeypatch.setattr("django.utils.translation._trans.gettext", str.upper)
    assert str(Member._meta.get_field("phone").verbose_name) == "PHONE"
    assert str(StaffTask._meta.verbose_name_plural) == "STAFF TASKS"
    assert isinstance(Member._meta.get_field("phone").verbose_name, Promise)
