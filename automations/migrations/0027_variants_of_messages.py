from django.db import migrations

CHUNK = 5_000


def copy_variants(apps, schema_editor):
    """A message says itself which wording it has, as its step did so far."""
    message = apps.get_model("messaging", "Message")
    step_run = apps.get_model("automations", "StepRun")
    written = step_run.objects.using(schema_editor.connection.alias).filter(message__isnull=False).exclude(variant="")
    last = 0
    while rows := list(
        written.filter(pk__gt=last).order_by("pk").values_list("pk", "message", "variant")[:CHUNK]
    ):
        for letter in {variant for _pk, _message, variant in rows}:
            ids = [pk for _pk, pk, variant in rows if variant == letter]
            message.objects.using(schema_editor.connection.alias).filter(pk__in=ids).update(variant=letter)
        last = rows[-1][0]


class Migration(migrations.Migration):

    dependencies = [
        ('automations', '0026_corrections_of_what_comes_later'),
        ('messaging', '0025_variants_of_messages'),
    ]

    operations = [
        migrations.RunPython(copy_variants, migrations.RunPython.noop),
    ]
