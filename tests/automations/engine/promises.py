"""What always holds in a gym, whatever happens in whatever order: asked after each step of the state machine."""

import datetime as dt
from collections import Counter, defaultdict
from itertools import pairwise

from hypothesis.stateful import RuleBasedStateMachine, invariant

from automations.engine.fuse import held_run
from automations.models import Decision, Enrollment, StepRun, Workflow, WorkflowRun
from members.models import Club, Member
from messaging.models import Message, SendingSwitch

MEMBERS, CAP, CAP_DAYS, CEILING, FIRST = 6, 1, 5, 2, 2
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


class Promises(RuleBasedStateMachine):
    now: dt.datetime
    club: Club
    workflows: list[Workflow]
    members: list[Member]
    sent: list[tuple[dt.datetime, int]]
    """When which message left."""

    def stopped(self) -> list[int]:
        return [
            workflow.pk
            for workflow in Workflow.objects.filter(club=self.club)
            if workflow.paused_at or not workflow.is_enabled
        ]

    def enrolled_while_held(self) -> int:
        held = [workflow for workflow in self.workflows if held_run(workflow)]
        return Enrollment.objects.filter(workflow__in=[*held, *self.stopped()]).count()

    def it_might_leave(self, message_id: int) -> None:
        message = Message.objects.select_related("member__club", "step_run__enrollment__workflow").get(
            pk=message_id
        )
        workflow = message.step_run.enrollment.workflow
        assert 8 <= self.now.astimezone(message.member.zone).hour < 20
        assert workflow.is_enabled
        assert not workflow.paused_at
        assert not SendingSwitch.objects.filter(is_paused=True).exists()

    def everybody_has_one_standing_decision(self, run: WorkflowRun) -> None:
        standing = Decision.objects.filter(workflow=run.workflow_id, until_run=None)
        assert Counter(standing.values_list("member", flat=True)) == Counter(m.pk for m in self.members)
        assert sum(run.counts.values()) == MEMBERS

    @invariant()
    def no_step_is_taken_twice_and_nothing_is_sent_twice(self) -> None:
        steps = StepRun.objects.filter(message__isnull=False).values_list("enrollment", "step")
        assert max(Counter(row for row in steps if row[1]).values(), default=1) == 1
        assert max(Counter(message_id for _at, message_id in self.sent).values(), default=1) == 1

    @invariant()
    def nobody_is_followed_up_twice_for_one_thing_or_within_the_cooldown(self) -> None:
        rows = Enrollment.objects.order_by("workflow", "member", "enrolled_at")
        assert max(Counter(rows.values_list("workflow", "member", "occurrence")).values(), default=1) == 1
        for workflow in self.workflows[:2]:
            times: dict[int, list[dt.datetime]] = defaultdict(list)
            for member_id, at in rows.filter(workflow=workflow).values_list("member", "enrolled_at"):
                times[member_id].append(at)
            for of_one in times.values():
                for earlier, later in pairwise(of_one):
                    assert later - earlier >= workflow.cooldown_days * DAY

    @invariant()
    def no_run_goes_ahead_by_itself_above_its_size(self) -> None:
        for workflow in self.workflows:
            finished = workflow.runs.exclude(kind=WorkflowRun.Kind.IMMEDIATE).filter(
                finished_at__isnull=False
            )
            first = finished.order_by("pk").first()
            if first and first.released_from_id is None:
                assert first.enrollments.count() <= FIRST

    @invariant()
    def neither_the_limit_per_member_nor_the_ceiling_is_exceeded(self) -> None:
        times: dict[int, list[dt.datetime]] = defaultdict(list)
        messages = Message.objects.in_bulk([pk for _at, pk in self.sent])
        for at, pk in self.sent:
            if messages[pk].is_capped:
                times[messages[pk].member_id].append(at)
        for of_one in times.values():
            for first, beyond in zip(of_one, of_one[CAP:], strict=False):
                assert beyond - first >= CAP_DAYS * DAY
        everything = [at for at, _pk in self.sent]
        for first, beyond in zip(everything, everything[CEILING:], strict=False):
            assert beyond - first >= HOUR
