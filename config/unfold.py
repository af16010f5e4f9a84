"""How the admin looks and what its sidebar offers; every link asks for the permission that its page asks for."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


def environment(request: HttpRequest) -> tuple[str, str] | None:
    """The label on every page while nothing really leaves."""
    return (_("Practice mode"), "warning") if settings.TRANSPORT == "console" else None


def _may_view(app: str, model: str) -> Callable[[HttpRequest], bool]:
    def permission(request: HttpRequest) -> bool:
        return bool(
            request.user.has_perm(f"{app}.view_{model}") or request.user.has_perm(f"{app}.change_{model}")
        )

    return permission


def _may_see_tomorrow(request: HttpRequest) -> bool:
    from automations.admin.tomorrow import may_see_tomorrow

    return may_see_tomorrow(request)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_superuser)


def _is_under_way(request: HttpRequest) -> bool:
    """What is planned for tomorrow lies below that page's address, and is another page of the menu."""
    link = reverse("admin:automations_enrollment_changelist")
    return request.path.startswith(link) and request.path != reverse("admin:automations_tomorrow")


def _item(title: Any, icon: str, app: str, model: str, *, superusers: bool = False) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _is_superuser if superusers else _may_view(app, model),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Rollcall",
    "SITE_HEADER": "Rollcall",
    "SITE_SYMBOL": "how_to_reg",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("rollcall/favicon.svg")}
    ],
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": environment,
    "DASHBOARD_CALLBACK": "config.dashboard.dashboard",
    "STYLES": [
        lambda request: static("rollcall/admin.css"),
        lambda request: static("rollcall/dashboard.css"),
        lambda request: static("rollcall/question.css"),
    ],
    "SCRIPTS": [
        lambda request: static("rollcall/keyboard.js"),
        lambda request: static("rollcall/dialog.js"),
        lambda request: static("rollcall/form_errors.js"),
    ],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        # A calm green; 600 and darker carry white text at more than 4.5 : 1.
        "primary": {
            "50": "oklch(97.5% .02 165)",
            "100": "oklch(94.5% .045 165)",
            "200": "oklch(89.5% .08 165)",
            "300": "oklch(82.5% .115 165)",
            "400": "oklch(74% .13 165)",
            "500": "oklch(62% .125 165)",
            "600": "oklch(50% .105 165)",
            "700": "oklch(43.5% .09 165)",
            "800": "oklch(37.5% .075 165)",
            "900": "oklch(32% .06 165)",
            "950": "oklch(22% .045 165)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {"title": gettext_lazy("Dashboard"), "icon": "home", "link": reverse_lazy("admin:index")}
                ]
            },
            {
                "title": gettext_lazy("Members"),
                "items": [
                    _item(gettext_lazy("Members"), "group", "members", "member"),
                    _item(gettext_lazy("Staff tasks"), "task_alt", "members", "stafftask"),
                    _item(gettext_lazy("Visits"), "login", "members", "visit"),
                    _item(gettext_lazy("Agreements"), "contract", "members", "agreement"),
                    _item(gettext_lazy("Payments"), "payments", "members", "payment"),
                    _item(gettext_lazy("Classes"), "calendar_month", "members", "classsession"),
                    _item(gettext_lazy("Bookings"), "event_seat", "members", "booking"),
                    _item(gettext_lazy("Documents"), "assignment_ind", "members", "document"),
                    _item(gettext_lazy("Offers"), "redeem", "members", "offer"),
                    _item(gettext_lazy("Credits"), "toll", "members", "creditentry"),
                    _item(gettext_lazy("Tags"), "sell", "members", "tag"),
                ],
            },
            {
                "title": gettext_lazy("Messages"),
                "items": [
                    _item(gettext_lazy("Message log"), "outgoing_mail", "messaging", "message"),
                    {
                        "title": gettext_lazy("Planned for tomorrow"),
                        "icon": "schedule_send",
                        "link": reverse_lazy("admin:automations_tomorrow"),
                        "permission": _may_see_tomorrow,
                    },
                    _item(gettext_lazy("Answers"), "inbox", "messaging", "inboundmessage"),
                    {
                        "title": gettext_lazy("What became of messages"),
                        "icon": "monitoring",
                        "link": reverse_lazy("outcomes"),
                        "permission": _may_view("messaging", "message"),
                    },
                    _item(gettext_lazy("Templates"), "edit_note", "messaging", "messagetemplate"),
                    _item(gettext_lazy("Held back"), "pause_circle", "messaging", "hold"),
                    _item(gettext_lazy("Consents"), "verified_user", "messaging", "consentrecord"),
                    _item(gettext_lazy("Suppression list"), "block", "messaging", "suppression"),
                ],
            },
            {
                "title": gettext_lazy("Workflows"),
                "items": [
                    _item(gettext_lazy("Workflows"), "account_tree", "automations", "workflow"),
                    _item(gettext_lazy("Segments"), "groups_2", "automations", "segment"),
                    _item(gettext_lazy("Under way"), "directions_run", "automations", "enrollment")
                    | {"active": _is_under_way},
                ],
            },
            {
                "title": gettext_lazy("Log"),
                "items": [
                    _item(gettext_lazy("Decisions"), "fact_check", "automations", "decision"),
                    _item(gettext_lazy("Runs"), "history", "automations", "workflowrun"),
                    _item(gettext_lazy("Steps taken"), "footprint", "automations", "steprun"),
                    _item(gettext_lazy("Jobs"), "schedule", "automations", "jobrun", superusers=True),
                    _item(
                        gettext_lazy("Unexplained notices"),
                        "unknown_document",
                        "messaging",
                        "notice",
                        superusers=True,
                    ),
                    _item(gettext_lazy("Alerts"), "notifications", "automations", "alert", superusers=True),
                ],
            },
            {
                "title": gettext_lazy("Settings"),
                "items": [
                    _item(gettext_lazy("Clubs"), "storefront", "members", "club"),
                    _item(
                        gettext_lazy("Pause sending for all clubs"),
                        "front_hand",
                        "messaging",
                        "sendingswitch",
                        superusers=True,
                    ),
                    _item(gettext_lazy("Days shut"), "event_busy", "members", "closure"),
                    _item(gettext_lazy("Staff on leave"), "beach_access", "members", "leave"),
                    _item(gettext_lazy("Own fields"), "list_alt_add", "members", "customfield"),
                    _item(gettext_lazy("Erased members"), "person_off", "members", "erasedmember"),
                    _item(gettext_lazy("API keys"), "key", "members", "apikey"),
                    _item(gettext_lazy("Logins"), "person", "auth", "user"),
                    _item(gettext_lazy("Groups"), "groups", "auth", "group", superusers=True),
                    _item(
                        gettext_lazy("Schedule"),
                        "timer",
                        "django_celery_beat",
                        "periodictask",
                        superusers=True,
                    ),
                ],
            },
        ],
    },
}
