"""The figures for Prometheus: requests as the web processes counted them, everything else from the database.

Whichever process is asked, the answer is the same. What is read are sums that grow with the work, the last run of each
job, and the beginnings of the queues: some eight statements, however many members and messages there are.
"""

import os
from collections.abc import Iterator

from django.db import DatabaseError
from django.db.models import Count
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from automations.models import Alert, JobTally
from automations.reports.job_health import job_health
from automations.reports.queues import queues
from config.watching.requests import FOLDER
from members.models import FollowUpChange
from messaging.models import MessageTally

CONTENT_TYPE = CONTENT_TYPE_LATEST


def figures() -> bytes:
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY) + generate_latest(_from(FromDatabase()))
    registry = _from(FromDatabase())
    MultiProcessCollector(registry)
    return generate_latest(registry)


def _from(collector: Collector) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(collector)
    return registry


class FromDatabase(Collector):
    def collect(self) -> Iterator[Metric]:
        is_up = GaugeMetricFamily(
            "rollcall_database_up", "1 if the database answered; without it the rest is missing."
        )
        try:
            found = [*_jobs(), *_sums(), _statuses(), *_messages(), *_queues(), _alerts()]
        except DatabaseError:
            found = []
        is_up.add_metric([], bool(found))
        yield is_up
        yield from found


def _jobs() -> Iterator[Metric]:
    started = _gauge("rollcall_job_last_start_timestamp_seconds", "When the job last started.", "job")
    took = _gauge("rollcall_job_last_seconds", "How long its last run took, once that has ended.", "job")
    overdue = _gauge("rollcall_job_overdue_seconds", "For how long it should have started already.", "job")
    late = _gauge("rollcall_job_late", "1 if that is longer than it may be.", "job")
    for job in job_health(timezone.now()):
        if job.last_run:
            started.add_metric([job.name], job.last_run.started_at.timestamp())
            if job.last_run.seconds is not None:
                took.add_metric([job.name], job.last_run.seconds)
        overdue.add_metric([job.name], job.overdue.total_seconds())
        late.add_metric([job.name], job.is_late)
    yield from (started, took, overdue, late)


def _sums() -> Iterator[Metric]:
    runs = CounterMetricFamily("rollcall_job_runs", "Runs by how they ended.", labels=["job", "result"])
    seconds = CounterMetricFamily("rollcall_job_seconds", "What the runs took in all.", labels=["job"])
    done = CounterMetricFamily("rollcall_job_done", "What the runs counted.", labels=["job", "what"])
    for name, kind, what, number in JobTally.objects.values_list("name", "kind", "what", "number"):
        match kind:
            case JobTally.Kind.RUNS:
                runs.add_metric([name, what], number)
            case JobTally.Kind.TIME:
                seconds.add_metric([name], number / 1000)
            case JobTally.Kind.DONE:
                done.add_metric([name, what], number)
    yield from (runs, seconds, done)


def _statuses() -> Metric:
    recomputed = CounterMetricFamily(
        "rollcall_statuses_recomputed",
        "Follow-up statuses that changed, by a fact or by the hourly check; may skip a few.",
    )
    # The number of the newest, since counting them would take longer with each.
    newest = FollowUpChange.objects.order_by("-pk").values_list("pk", flat=True).first()
    recomputed.add_metric([], newest or 0)
    return recomputed


def _messages() -> Iterator[Metric]:
    ended = CounterMetricFamily(
        "rollcall_messages", "Messages that came to their result.", labels=["channel", "result"]
    )
    for channel, result, number in MessageTally.objects.values_list("channel", "result", "number"):
        ended.add_metric([channel, result], number)
    yield ended


def _queues() -> Iterator[Metric]:
    depth = _gauge("rollcall_queue_depth", "What is due and waits; 10,000 means that many or more.", "queue")
    lag = _gauge("rollcall_queue_lag_seconds", "For how long the oldest of them has been due.", "queue")
    for queue in queues(timezone.now()):
        depth.add_metric([queue.name], queue.depth)
        lag.add_metric([queue.name], queue.lag.total_seconds())
    yield from (depth, lag)


def _alerts() -> Metric:
    open_now = _gauge("rollcall_alerts_open", "Incidents that are not over.", "kind")
    counted = Alert.objects.filter(resolved_at=None).order_by().values_list("kind").annotate(n=Count("pk"))
    numbers = dict(counted)
    for kind in Alert.Kind.values:
        open_now.add_metric([kind], numbers.get(kind, 0))
    return open_now


def _gauge(name: str, told: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, told, labels=[label])
