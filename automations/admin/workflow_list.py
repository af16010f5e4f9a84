"""The list of workflows: one sentence each, and how each does; and the starting ones, for the asking."""

from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action

from automations.blocks import UnknownBlock
from automations.goals import GOALS
from automations.models import Workflow
from automations.operations.starting_library import Starting, add_starting_workflows, starting_library
from automations.reports.returns import Numbers, numbers_of
from automations.rules.sentences import workflow_sentence
from members.admin.columns import label, when
from members.admin.scoping import visible_club_ids
from members.models import Club

LIST = "admin:automations_workflow_changelist"


class WorkflowColumns:
    """What the list says of each; the numbers of a whole page are asked for together."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)  # type: ignore[misc]
        changelist.result_list = rows = list(changelist.result_list)
        numbers = numbers_of(rows, timezone.now())
        for workflow in rows:
            workflow.numbers = numbers[workflow.pk]
        counted = [(each.counted_at, pk) for pk, each in numbers.items() if each.counted_at]
        if counted:
            oldest, pk = min(counted)
            club = next(workflow.club for workflow in rows if workflow.pk == pk)
            changelist.counted_at = when(oldest, club)
        return changelist

    @admin.display(description=_("name"), ordering="name")
    def titled(self, workflow: Workflow) -> SafeString:
        return format_html(
            '<span class="{}">{}</span>', "" if workflow.is_enabled else "rollcall-off", workflow.name
        )

    @admin.display(description=_("state"), ordering="is_enabled")
    def state(self, workflow: Workflow) -> SafeString:
        if workflow.paused_at:
            return label(_("Paused"), "danger")
        return label(_("On"), "success") if workflow.is_enabled else label(_("Off"))

    @admin.display(description=_("in a sentence"))
    def sentence(self, workflow: Workflow) -> SafeString:
        return format_html('<span class="rollcall-sentence">{}</span>', workflow_sentence(workflow))

    @admin.display(description=_("last run"))
    def last_run(self, workflow: Workflow) -> SafeString | str:
        numbers: Numbers = workflow.numbers  # type: ignore[attr-defined]
        if numbers.last_run is None:
            return str(_("not yet"))
        due = ngettext("%(n)s due", "%(n)s due", numbers.last_due) % {"n": f"{numbers.last_due:,}"}
        ran = when(numbers.last_run.as_of, workflow.club)
        return format_html('<span class="rollcall-lines">{}<br>{}</span>', ran, due)

    @admin.display(description=_("sent, 30 days"))
    def sent(self, workflow: Workflow) -> SafeString | str:
        numbers: Numbers = workflow.numbers  # type: ignore[attr-defined]
        if not numbers.waiting:
            return f"{numbers.sent:,}"
        waiting = ngettext("%(n)s waiting", "%(n)s waiting", numbers.waiting) % {"n": f"{numbers.waiting:,}"}
        return format_html('<span class="rollcall-lines">{}<br>{}</span>', f"{numbers.sent:,}", waiting)

    @admin.display(description=_("came back, 30 days"))
    def returned(self, workflow: Workflow) -> str:
        numbers: Numbers = workflow.numbers  # type: ignore[attr-defined]
        if not numbers.followed_up:
            return "–"
        # Only of those whom it had really reached before they came.
        return str(_("%(n)s of %(all)s") % {"n": f"{numbers.came_back:,}", "all": f"{numbers.followed_up:,}"})

    @admin.display(description=_("goal reached, 30 days"))
    def successes(self, workflow: Workflow) -> SafeString | str:
        numbers: Numbers = workflow.numbers  # type: ignore[attr-defined]
        if not workflow.goal or not numbers.followed_up:
            return "–"
        counted = _("%(n)s of %(all)s") % {
            "n": f"{numbers.reached_goal:,}",
            "all": f"{numbers.followed_up:,}",
        }
        return format_html('<span class="rollcall-lines">{}<br>{}</span>', counted, goal_label(workflow.goal))


Shelf = tuple[str, list[tuple[Starting, int | None]]]


def _shelves(club: Club) -> list[Shelf]:
    """By category: each of the library, and the key of the club's own if it has it."""
    here = dict(Workflow.objects.filter(club=club).values_list("slug", "pk"))
    by_category = groupby(starting_library(club), key=lambda one: one.workflow.get_category_display())
    return [
        (category, [(one, here.get(one.workflow.slug)) for one in of_it]) for category, of_it in by_category
    ]


class WithStartingLibrary:
    """The starting templates and workflows, switched off, for a club that does not have them."""

    list_after_template = "admin/automations/workflow_list_after.html"
    actions_list = ["starting_library"]

    @action(
        description=_("Starting workflows"),
        permissions=["add"],
        url_path="starting-workflows",
    )
    def starting_library(self, request: HttpRequest) -> HttpResponse:
        clubs = Club.objects.filter(pk__in=visible_club_ids(request))
        if request.method == "POST":
            asked = request.POST.get("club", "")
            club = clubs.filter(pk=asked).first() if asked.isdecimal() else None
            if club is None:
                raise PermissionDenied
            added = add_starting_workflows(club=club, slugs=request.POST.getlist("workflow") or None)
            if added:
                said = ngettext(
                    "%(number)s workflow was added, switched off. Open it to see what it would do.",
                    "%(number)s workflows were added, switched off. Open one to see what it would do.",
                    len(added),
                ) % {"number": len(added)}
                messages.success(request, said)
            else:
                messages.info(request, _("%(club)s has all of them already.") % {"club": club})
            return HttpResponseRedirect(reverse(LIST))
        asked = request.GET.get("club", "")
        chosen = (clubs.filter(pk=asked).first() if asked.isdecimal() else None) or clubs.first()
        shelves = _shelves(chosen) if chosen else []
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("Starting workflows"),
            "opts": Workflow._meta,
            "clubs": clubs,
            "club": chosen,
            "shelves": shelves,
            "is_complete": all(here for _category, rows in shelves for _one, here in rows),
        }
        return render(request, "admin/automations/starting_library.html", context)


def goal_label(kind: str) -> str:
    try:
        return str(GOALS[kind].label)
    except UnknownBlock:
        return kind
