"""The automations app; it asks its question again before a message leaves, and whenever a fact changed."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutomationsConfig(AppConfig):
    name = "automations"
    verbose_name = _("Automations")

    def ready(self) -> None:
        import automations.checks
        import automations.operations.holdings  # noqa: F401
        from automations.bell import when_facts_change, when_link_is_asked, when_message_is_queued
        from automations.engine.recheck import StillTrueGate
        from automations.operations.in_person import open_cards
        from automations.rules.reasons import words_of_reasons
        from members.signals import facts_changed
        from messaging.gates import add_door_gate
        from messaging.rules.reasons import add_reasons
        from messaging.signals import link_asked, message_queued, messages_skipped

        add_door_gate(StillTrueGate())
        add_reasons(words_of_reasons())
        facts_changed.connect(when_facts_change, dispatch_uid="automations.facts_changed")
        message_queued.connect(when_message_is_queued, dispatch_uid="automations.message_queued")
        link_asked.connect(when_link_is_asked, dispatch_uid="automations.link_asked")
        messages_skipped.connect(open_cards, dispatch_uid="automations.messages_skipped")
