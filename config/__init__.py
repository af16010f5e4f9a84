"""Settings, the admin site and its dashboard: the one place that may know all three apps."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
