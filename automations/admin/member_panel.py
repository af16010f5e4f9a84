"""What the decisions add to a member's page: why, why not and when for each workflow, and what was decided before."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from automations.admin.decisions import REASON_COLORS
from automations.blocks import UnknownBlock
from automations.engine.classification import Question
from automations.engine.explanation import explain
from automations.models import Reason, Workflow
from automations.reports.log import decision_in_words
from members.admin.columns import label
from members.admin.panels import TimelineEntry, TimelineSource, add_member_panel, add_timeline_source
from members.models import Member

WORKFLOWS_ASKED = 20
"""Each is asked by itself, some ten short queries; a club has a handful."""


def why_and_when(request: HttpRequest, member: Member, now: dt.datetime) -> SafeString | str:
    if not request.user.has_perm("automations.view_workflow"):
        return ""
    workflows = list(Workflow.objects.filter(club=member.club_id).select_related("club").order_by("name"))
    on = [workflow for workflow in workflows if workflow.is_enabled]
    context = {
        "answers": [_answer(member, workflow, now) for workflow in on[:WORKFLOWS_ASKED]],
        "is_more": len(on) > WORKFLOWS_ASKED,
        "off": [workflow for workflow in workflows if not workflow.is_enabled],
    }
    return render_to_string("admin/automations/why_and_when.html", context)


def _answer(member: Member, workflow: Workflow, now: dt.datetime) -> dict[str, Any]:
    try:
        said = explain(member, workflow, now=now)
    except (UnknownBlock, ValidationError):
        return {"workflow": workflow}
    state = label(Reason(said.decided).label, REASON_COLORS.get(said.decided, ""))
    passed = sum(gate.passes for gate in said.gates)
    return {"workflow": workflow, "said": said, "state": state, "passed": passed}


def _decisions(request: HttpRequest, member: Member, limit: int) -> Iterator[TimelineEntry]:
    found = member.decisions.select_related("workflow__club", "from_run__workflow__club")
    for decision in found.order_by("-from_run", "-pk")[:limit]:
        run = decision.from_run
        # Without the day as it was counted then, each would ask for the closures anew.
        words = decision_in_words(Question.of(run), decision) if "clock" in run.rule else ""
        yield TimelineEntry(
            run.as_of,
            decision.workflow.name,
            words,
            "fact_check",
            label(decision.get_reason_display(), REASON_COLORS.get(decision.reason, "")),
            reverse("admin:automations_decision_change", args=[decision.pk]),
        )


add_member_panel(why_and_when)
add_timeline_source(
    TimelineSource(
        "automations.view_decision",
        _decisions,
        "admin:automations_decision_changelist",
        gettext_lazy("All decisions"),
    )
)
