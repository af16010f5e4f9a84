"""The Celery application: finds the apps' jobs and takes its settings from Django."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import before_task_publish, setup_logging, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("rollcall")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")


@setup_logging.connect
def leave_logging_to_the_settings(**_: Any) -> None:
    """Celery would write lines of its own form, with whatever an error quotes."""


@worker_process_init.connect
def leave_what_is_loaded(**_: Any) -> None:
    """Python no longer looks through the program itself for what may be freed, which stopped every thread for 90 ms."""
    gc.collect()
    gc.freeze()


@before_task_publish.connect
def tell_in_which_request(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """What a job logs bears the id of the request that asked for it."""
    from config.watching.logs import request_id

    if headers is not None and request_id.get():
        headers["asked_in"] = request_id.get()
