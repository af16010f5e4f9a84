"""The words, the permissions and the message log in the admin."""

from messaging.admin import consents, messages, suppressions, templates

__all__ = ["consents", "messages", "suppressions", "templates"]
