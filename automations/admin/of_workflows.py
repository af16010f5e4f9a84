"""Lists of rows that belong to a workflow rather than to a club: they are found by the workflows of the clubs."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest

from automations.models import Workflow
from members.admin.scoping import ClubScopedAdmin, visible_club_ids


def visible_workflow_ids(request: HttpRequest) -> list[int]:
    """Those of the clubs that this person works for; asked once per request."""
    ids: list[int] | None = getattr(request, "visible_workflow_ids", None)
    if ids is None:
        own = Workflow.objects.filter(club__in=visible_club_ids(request)).order_by("pk")
        ids = list(own.values_list("pk", flat=True))
        request.visible_workflow_ids = ids  # type: ignore[attr-defined]
    return ids


class OfWorkflows(ClubScopedAdmin):
    """By their keys: asked by the club, a table or two away, the database would take a large club for one of many."""

    club_path = "workflow__club"
    workflow_path: ClassVar[str] = "workflow"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super(ClubScopedAdmin, self).get_queryset(request)
        return rows if request.user.is_superuser else self._of_own(request, rows)

    def within_clubs(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Where indexes begin with the workflow; a superuser's filters are asked of each of them."""
        is_indexed = request.user.is_superuser and self.workflow_path == "workflow"
        return self._of_own(request, rows) if is_indexed else rows

    def _of_own(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(**{f"{self.workflow_path}__in": visible_workflow_ids(request)})
