"""Tables point the way imports do, down from automations to members, and the migrations know all of them."""

import pytest
from django.apps import apps
from django.core.management import call_command

LAYERS = ("members", "messaging", "automations", "config")


def test_foreign_keys_point_down_only():
    up = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in LAYERS
        for field in (*model._meta.fields, *model._meta.many_to_many)
        if field.related_model and field.related_model._meta.app_label in LAYERS
        if LAYERS.index(field.related_model._meta.app_label) > LAYERS.index(model._meta.app_label)
    ]
    assert up == []


def test_no_other_app_points_into_ours():
    """Otherwise a library's migration would wait for one of ours."""
    inward = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in LAYERS
        for field in model._meta.fields
        if field.related_model and field.related_model._meta.app_label in LAYERS
    ]
    assert inward == []


@pytest.mark.django_db
def test_the_migrations_know_every_change_of_a_model():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
