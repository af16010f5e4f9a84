"""Every setting in one flat file; what differs between machines comes from the environment or `.env`.

Without any of it Rollcall runs on SQLite, sends to the console and needs no server.
"""

import ipaddress
import re
from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from config.unfold import UNFOLD as UNFOLD

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

VAR_DIR = Path(env.str("ROLLCALL_VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

# --- Who may talk to this process -------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
HTTPS_ONLY = env.bool("HTTPS_ONLY", default=PUBLIC_URL.startswith("https://"))


def _secret_key() -> str:
    """The key from the environment, or one made once for this machine and kept beside its SQLite file."""
    if key := env.str("SECRET_KEY", default=""):
        return key
    if not env.str("DATABASE_URL", default="sqlite").startswith("sqlite"):
        raise ImproperlyConfigured("Set SECRET_KEY: a server database must not depend on one machine's key.")
    kept = VAR_DIR / "secret_key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(get_random_secret_key())
    return kept.read_text()


SECRET_KEY = _secret_key()
# Former keys, so that opt-out links in messages that are out there go on working.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS_ONLY
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# As strict as the admin's skin allows: Alpine evaluates its attributes, and the palette is a style in the page.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- What it is made of -----------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "simple_history",
    "django_celery_beat",
    "anymail",
    "csp",
    "ninja",
    "members",
    "messaging",
    "automations",
    "config",
]
MIDDLEWARE = [
    "config.watching.probes.probes",
    "config.watching.requests.watched",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "members.api.problems.methods_told_as_problems",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
CSRF_FAILURE_VIEW = "config.error_pages.csrf_failure"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["fields.W161"]  # takes a default such as 20:00 for the present hour, at that hour
FIXTURE_DIRS = [BASE_DIR / "fixtures"]
SERIALIZATION_MODULES = {"json": "config.fixtures"}
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

# --- Where things are kept --------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'rollcall.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["OPTIONS"] = {
        # Writers take the lock when they begin, so that what a transaction read is still true when it writes.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    _database |= {"CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True}
    _options = _database.setdefault("OPTIONS", {})
    # Compiling our questions takes PostgreSQL longer than answering them, for a page's worth by a second.
    _options.setdefault("options", "-c jit=off -c plan_cache_mode=force_generic_plan")
    # What is asked again and again is planned once for each connection; not through a pooler that gives each transaction another.
    if threshold := env.int("PREPARE_THRESHOLD", default=3):
        _options.setdefault("prepare_threshold", threshold)

LARGEST_IMPORT_MB = env.int("LARGEST_IMPORT_MB", default=50)

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static_files.StaticFiles"},
}
WHITENOISE_USE_FINDERS = True

# --- Language and time: instants are UTC, days belong to the club -----------------------------
LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Celery: the database holds what is due, Celery only rings ---------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# What the console transport prints is for a person at the terminal, not for the log.
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
# Longer than any job may run (a message returned to the queue while its job still runs would run twice).
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900, "unacked_restore_throttle": 1}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "evaluate"
CELERY_TASK_ROUTES = {
    "automations.jobs.advance_enrollments": {"queue": "advance"},
    "automations.jobs.deliver_messages": {"queue": "deliver"},
    # Somebody is waiting for it, and a check of a large club may take minutes.
    "automations.jobs.send_sign_in_links": {"queue": "deliver"},
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"
CELERY_RESULT_EXPIRES = None
DJANGO_CELERY_BEAT_TZ_AWARE = True

# --- Sending ----------------------------------------------------------------------------------
# `console` prints and appends to MESSAGE_FILE; `aws` sends through SNS and SES.
TRANSPORT = env.str("TRANSPORT", default="console")
if TRANSPORT not in ("console", "aws"):
    raise ImproperlyConfigured(f"TRANSPORT is console or aws, not {TRANSPORT}.")
MESSAGE_FILE = Path(env.str("MESSAGE_FILE", default=str(VAR_DIR / "messages.log")))
SENDING_THREADS = env.int("SENDING_THREADS", default=16)
SMS_PER_SECOND = env.float("SMS_PER_SECOND", default=20.0)
EMAILS_PER_SECOND = env.float("EMAILS_PER_SECOND", default=14.0)
WHATSAPP_PER_SECOND = env.float("WHATSAPP_PER_SECOND", default=20.0)
# What AWS End User Messaging Social calls the number that WhatsApp messages come from.
WHATSAPP_PHONE_NUMBER_ID = env.str("WHATSAPP_PHONE_NUMBER_ID", default="")
WHATSAPP_API_VERSION = env.str("WHATSAPP_API_VERSION", default="v20.0")
SMS_TYPE = env.str("SMS_TYPE", default="Transactional")
# Through which service texts go: SNS, or AWS End User Messaging with what follows.
SMS_SERVICE = env.str("SMS_SERVICE", default="sns")
if SMS_SERVICE not in ("sns", "end_user_messaging"):
    raise ImproperlyConfigured(f"SMS_SERVICE is sns or end_user_messaging, not {SMS_SERVICE}.")
SMS_ORIGINATION = env.str("SMS_ORIGINATION", default="")
SMS_CONFIGURATION_SET = env.str("SMS_CONFIGURATION_SET", default="")
SMS_PROTECT_CONFIGURATION = env.str("SMS_PROTECT_CONFIGURATION", default="")
# After so long a phone that was off does not get it any more; 5 seconds to 3 days, 0 for AWS's own 3 days.
SMS_TTL_SECONDS = env.int("SMS_TTL_SECONDS", default=43_200)
AWS_REGION = env.str("AWS_REGION", default=env.str("AWS_DEFAULT_REGION", default="eu-central-1"))
AWS_ENDPOINT_URL = env.str("AWS_ENDPOINT_URL", default="") or None
SES_CONFIGURATION_SET = env.str("SES_CONFIGURATION_SET", default="") or None
# One attempt a call: nothing at AWS is idempotent, and botocore would repeat what may have been accepted.
AWS_CLIENT_CONFIG = {
    "retries": {"total_max_attempts": 1, "mode": "standard"},
    "connect_timeout": 5,
    "read_timeout": env.int("AWS_READ_TIMEOUT", default=15),
    "max_pool_connections": SENDING_THREADS,
}
EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND",
    default="anymail.backends.amazon_ses.EmailBackend"
    if TRANSPORT == "aws"
    else "django.core.mail.backends.console.EmailBackend",
)
EMAIL_TIMEOUT = 15
# The sender where a club names none.
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="rollcall@localhost")
ANYMAIL = {
    "AMAZON_SES_CLIENT_PARAMS": {
        "region_name": AWS_REGION,
        "endpoint_url": AWS_ENDPOINT_URL,
        "config": AWS_CLIENT_CONFIG,
    },
    "AMAZON_SES_CONFIGURATION_SET_NAME": SES_CONFIGURATION_SET,
}

# --- What AWS tells of messages that left, and what members answer -------------------------------
# Only notices of these SNS topics are taken in: from the queue, and by POST to /hooks/sns.
EVENT_TOPICS = env.list("EVENT_TOPICS", default=[])
for _topic in EVENT_TOPICS:
    if not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+", _topic):
        raise ImproperlyConfigured(f"EVENT_TOPICS: {_topic} is no ARN of an SNS topic.")
EVENT_QUEUE_URL = env.str("EVENT_QUEUE_URL", default="")
if EVENT_QUEUE_URL and not EVENT_TOPICS:
    raise ImproperlyConfigured("EVENT_QUEUE_URL needs EVENT_TOPICS: what other topics say is not taken in.")
# The groups of SNS's delivery log in CloudWatch, of what arrived and of what did not.
SMS_RECEIPT_LOG_GROUPS = env.list("SMS_RECEIPT_LOG_GROUPS", default=[])

# --- Watching: who may read the figures, and what is worth an alert ------------------------------
# Without either the figures are closed. A token is sent as `Authorization: Bearer …`; networks are such as 10.0.0.0/8.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_NETWORKS = env.list("METRICS_NETWORKS", default=[])
for _network in METRICS_NETWORKS:
    try:
        ipaddress.ip_network(_network)
    except ValueError as _wrong:
        raise ImproperlyConfigured(f"METRICS_NETWORKS: {_wrong}") from _wrong
ALERT_QUEUE_MINUTES = env.int("ALERT_QUEUE_MINUTES", default=30)
ALERT_REFUSED_PERCENT = env.float("ALERT_REFUSED_PERCENT", default=20.0)

# --- Logs: never bodies, addresses or phone numbers --------------------------------------------
LOG_FORMAT = env.str("LOG_FORMAT", default="plain")
if LOG_FORMAT not in ("plain", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT is plain or json, not {LOG_FORMAT}.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "config.watching.logs.PlainLine"},
        "json": {"()": "config.watching.logs.JsonLine"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "botocore": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        # Django gives it a handler of its own, which would write what was searched for.
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
