"""Every table that hangs on a member says what an export tells of it and what is left of it when the member is erased."""

from django.apps import apps
from django.db import models

from members.models import Member
from members.operations.personal_data import HOLDINGS, words_of

HELD = {one.model: one for one in HOLDINGS}


def on_members() -> set[type[models.Model]]:
    """Those with a key of a member, or of a row that has one; and the former versions of the member."""
    found: set[type[models.Model]] = {Member.history.model}
    while True:
        more = {
            model
            for model in apps.get_models(include_auto_created=True)
            if model not in found
            and model is not Member
            and any(
                one.related_model is Member or one.related_model in found - {Member.history.model}
                for one in model._meta.concrete_fields
                # Not for what would stay behind when the other row goes.
                if one.is_relation and one.remote_field.on_delete is not models.SET_NULL
            )
        }
        if not more:
            return found
        found |= more


def test_each_table_of_a_member_says_what_becomes_of_it():
    assert {model._meta.label for model in on_members() - HELD.keys()} == set()


def test_each_column_that_can_hold_words_is_emptied_or_says_that_it_tells_of_nobody():
    silent = [
        f"{model._meta.label}.{name}"
        for model, one in HELD.items()
        if not one.is_removed
        for name in words_of(model)
        if name not in one.erased and name not in one.kept
    ]
    assert silent == []


def test_what_is_said_is_said_of_columns_that_there_are():
    for model, one in HELD.items():
        names = {field.name for field in model._meta.concrete_fields}
        assert one.erased.keys() <= names, model
        assert one.kept <= names, model
        assert one.kept.isdisjoint(one.erased), model
