"""The words, the permissions and the message log in the admin."""

from messaging.admin import (
    club_brakes,
    consents,
    holds,
    member_actions,
    member_panel,
    member_sessions,
    message_events,
    messages,
    notices,
    replies,
    suppressions,
    switch,
    templates,
)

__all__ = [
    "club_brakes",
    "consents",
    "holds",
    "member_actions",
    "member_panel",
    "member_sessions",
    "message_events",
    "messages",
    "notices",
    "replies",
    "suppressions",
    "switch",
    "templates",
]
