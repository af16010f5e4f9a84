"""What workflows noted about a member, on the timeline."""

from collections.abc import Iterator

from django.http import HttpRequest

from members.admin.panels import TimelineEntry, TimelineSource, add_timeline_source
from members.models import Member


def _on_the_timeline(request: HttpRequest, member: Member, limit: int) -> Iterator[TimelineEntry]:
    for event in member.events.all()[:limit]:
        yield TimelineEntry(event.happened_at, event.what, event.detail, "bookmark")


add_timeline_source(TimelineSource("members.view_memberevent", _on_the_timeline))
