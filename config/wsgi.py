"""The entry for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def _application():
    from django.conf import settings

    from config.watching.requests import share_counts

    # Before anything counts: the library looks for the folder once, when it is imported.
    share_counts(settings.VAR_DIR / "requests")
    return get_wsgi_application()


application = _application()
