"""Settings come from the environment; ``.local/env`` (written by ``make up``) fills in what is not set."""

import logging
import os
from decimal import Decimal
from pathlib import Path

import environ
from celery.schedules import crontab
from kombu import Queue

from policyops.logging import configure

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()  # NAME_FILE names a file that holds the value, as secrets are handed over
env.read_env(BASE_DIR / ".local" / "env")

SECRET_KEY = env("SECRET_KEY")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
TESTING = env.bool("TESTING", default=False)

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "policyops.apps.StaffConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "axes",
    "csp",
    "django_structlog",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "apps.core",
    "apps.audit",
    "apps.accounts",
    "apps.operations",
    "apps.deadlines",
    "apps.parties",
    "apps.products",
    "apps.documents",
    "apps.policies",
    "apps.underwriting",
    "apps.billing",
    "apps.renewals",
    "apps.endorsements",
    "apps.imports",
    "apps.exports",
    "apps.notifications",
]

MIDDLEWARE = [
    "apps.core.api.tracing.trace",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.accounts.middleware.denials",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.session_limits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "apps.core.metrics.requests",
    "apps.operations.doors.ContextMiddleware",
    "axes.middleware.AxesMiddleware",
    "policyops.errors.BusinessErrors",
]

ROOT_URLCONF = "policyops.urls"
WSGI_APPLICATION = "policyops.wsgi.application"

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
    }
]


def _database(url_name: str) -> dict:
    config = env.db_url(url_name)
    config["ENGINE"] = "django.db.backends.postgresql"
    config["CONN_MAX_AGE"] = 0
    config["CONN_HEALTH_CHECKS"] = True
    config["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("DATABASE_POOLER", default=False)
    # What a session begins with belongs to the database (``grant_app``): a pooler in between would not pass it on.
    # A line that went dead is noticed in half a minute.
    keepalives = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4}
    config["OPTIONS"] = {"connect_timeout": 5, "tcp_user_timeout": 30_000, **keepalives}
    return config


# The application's role can neither alter tables nor touch append-only rows (P39); migrations run as the owner,
# with ``DATABASE_ROLE=owner``.
AS_OWNER = env("DATABASE_ROLE", default="app") == "owner"
OWNER_URL = "DATABASE_OWNER_URL" if "DATABASE_OWNER_URL" in os.environ else "DATABASE_URL"
DATABASES = {"default": _database(OWNER_URL if AS_OWNER else "DATABASE_URL")}
if not AS_OWNER and not TESTING:
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL", default=8),
        "timeout": 5,
    }
APP_ROLE = env("DATABASE_APP_ROLE", default="policyops_app")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "apps.accounts.backends.AccountBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "name"]},
    },
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
LOGIN_URL = "admin:login"
ENABLED_ROLES = env.list("ENABLED_ROLES", default=[])
REVEALS_PER_DAY = env.int("REVEALS_PER_DAY", default=30)
API_CALLS_A_MINUTE = env.int("API_CALLS_A_MINUTE", default=600)
API_WRITES_A_MINUTE = env.int("API_WRITES_A_MINUTE", default=60)
KEY_REVEALS_PER_DAY = env.int("KEY_REVEALS_PER_DAY", default=1000)
PURPOSE_DAYS = env.int("PURPOSE_DAYS", default=7)
IMPORT_KEEP_DAYS = env.int("IMPORT_KEEP_DAYS", default=30)
EXPORT_MOST_ROWS = env.int("EXPORT_MOST_ROWS", default=50_000)
EXPORT_HOURS = env.int("EXPORT_HOURS", default=24)
PAYOUT_COOLING_HOURS = env.int("PAYOUT_COOLING_HOURS", default=24)
ENDORSEMENT_QUOTE_HOURS = env.int("ENDORSEMENT_QUOTE_HOURS", default=24)
ENDORSEMENT_EXPIRY_DAYS = env.int("ENDORSEMENT_EXPIRY_DAYS", default=30)
TWO_APPROVERS_ABOVE = Decimal(env("TWO_APPROVERS_ABOVE", default="50000.00"))
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=30 * 60)
SESSION_LONGEST_SECONDS = SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_COOKIES = env.bool("SECURE_COOKIES", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES else None
SECURE_SSL_REDIRECT = SECURE_COOKIES
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # asked from inside, where there is no TLS
SECURE_HSTS_SECONDS = 31536000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_COOKIES
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "policyops.errors.csrf_failure"

# Strict everywhere: of the theme we use the styles and none of the scripts, so the back office needs no exception.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    },
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["policyops.formats"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

SPECTACULAR_SETTINGS = {"OAS_VERSION": "3.1.1", "POSTPROCESSING_HOOKS": []}

ENVIRONMENT_LABEL = env("ENVIRONMENT_LABEL", default="")
RELEASE = env("RELEASE", default="")

STATIC_URL = "static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# With STATIC_HASHED, as in the image: names that change with the content, compressed once, by ``collectstatic``.
STATIC_HASHED = env.bool("STATIC_HASHED", default=False)
WHITENOISE_USE_FINDERS = not STATIC_HASHED
if STATIC_HASHED:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
WHITENOISE_AUTOREFRESH = env.bool("STATIC_AUTOREFRESH", default=False)

FIELD_KEYS = env("FIELD_KEYS")
BLIND_INDEX_KEY = env("BLIND_INDEX_KEY")
API_KEY_PEPPER = env("API_KEY_PEPPER", default="") or SECRET_KEY
ANCHOR_FILE = env("ANCHOR_FILE", default="")
ANCHOR_KEY = env("ANCHOR_KEY", default="")

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="service@policyops.example")
EMAIL_TIMEOUT = env.float("EMAIL_TIMEOUT", default=15)
SMS_GATEWAY_URL = env("SMS_GATEWAY_URL", default="")
SMS_GATEWAY_TOKEN = env("SMS_GATEWAY_TOKEN", default="")
SMS_GATEWAY_DEDUPES = env.bool("SMS_GATEWAY_DEDUPES", default=True)
SMS_GATEWAY_TIMEOUT = env.float("SMS_GATEWAY_TIMEOUT", default=10)
SMS_HOURS = env("SMS_HOURS", default="09:00-20:00")
MESSAGE_WEBHOOK_URL = env("MESSAGE_WEBHOOK_URL", default="")
MESSAGE_WEBHOOK_SECRETS = env.list("MESSAGE_WEBHOOK_SECRETS", default=[])
MESSAGE_WEBHOOK_DEDUPES = env.bool("MESSAGE_WEBHOOK_DEDUPES", default=True)
MESSAGE_WEBHOOK_TIMEOUT = env.float("MESSAGE_WEBHOOK_TIMEOUT", default=10)
WECOM_URL = env("WECOM_URL", default="https://qyapi.weixin.qq.com")
WECOM_CORP_ID = env("WECOM_CORP_ID", default="")
WECOM_SECRET = env("WECOM_SECRET", default="")
WECOM_AGENT_ID = env.int("WECOM_AGENT_ID", default=0)
WECOM_ROBOT_KEY = env("WECOM_ROBOT_KEY", default="")
WECOM_TIMEOUT = env.float("WECOM_TIMEOUT", default=10)
RECEIPT_SECRETS = env.list("RECEIPT_SECRETS", default=[])
SOFT_FAILURES = env.int("SOFT_FAILURES", default=3)
OUTGOING_PORTS = env.list("OUTGOING_PORTS", int, default=[443, 8443])
OUTGOING_ALLOW_LOOPBACK = env.bool("OUTGOING_ALLOW_LOOPBACK", default=False)
MESSAGES_A_DAY = env.int("MESSAGES_A_DAY", default=5)
MESSAGE_LEASE_SECONDS = env.float("MESSAGE_LEASE_SECONDS", default=60)
MESSAGE_RETRY_SECONDS = env.float("MESSAGE_RETRY_SECONDS", default=60)
MESSAGE_ASK_SECONDS = env.list("MESSAGE_ASK_SECONDS", float, default=[300, 3600, *5 * [86400]])
COMPANY_NAME = env("COMPANY_NAME", default="安和人寿保险股份有限公司")
COMPANY_NAME_EN = env("COMPANY_NAME_EN", default="Anhe Life Insurance Co., Ltd.")
SERVICE_PHONE = env("SERVICE_PHONE", default="400-000-0000")
DEV_INBOX_URL = env("DEV_INBOX_URL", default="")

# Settings that survive a kill (R1). No eta or countdown anywhere: timers live in PostgreSQL.
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
# What takes long has a queue of its own, so that hosts may be set apart for it (``worker -Q long``); by default a
# worker takes from both.
CELERY_TASK_QUEUES = [Queue(name, routing_key=name) for name in ("celery", "long")]
LONG_WORK = ("apps.operations.tasks.close_day", "apps.imports.tasks.perform", "apps.exports.tasks.write")
CELERY_TASK_ROUTES = {task: {"queue": "long", "routing_key": "long"} for task in LONG_WORK}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 200
CELERY_TASK_TIME_LIMIT = 240
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 3,
}
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Shanghai"
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=60)
PULSE_SECONDS = min(SWEEP_SECONDS, 15)
DELIVERY_ATTEMPTS = 5
DELIVERY_BACKOFF_SECONDS = 30
CLOSE_DAY_AT = env("CLOSE_DAY_AT", default="")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
SCANNER_ADDRESS = env("SCANNER_ADDRESS", default="")
METRICS_TOKEN = env("METRICS_TOKEN", default="")
BACKUP_HOURS = env.float("BACKUP_HOURS", default=26)


def _every(seconds: float, task: str) -> dict:
    """A tick that nobody took before the next one is worth nothing."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


def _nightly(at: str) -> dict:
    hour, minute = at.split(":")
    return {"task": "apps.operations.tasks.nightly", "schedule": crontab(hour=hour, minute=minute)}


CELERY_BEAT_SCHEDULE = {
    "deliver": _every(SWEEP_SECONDS, "apps.audit.tasks.sweep"),
    "seal": _every(min(SWEEP_SECONDS, 60), "apps.audit.tasks.seal"),
    "anchor": _every(3600, "apps.audit.tasks.anchor"),
    "forget": _every(3600, "apps.core.tasks.forget"),
    "pulse": _every(PULSE_SECONDS, "apps.operations.tasks.pulse"),
    "resume": _every(SWEEP_SECONDS, "apps.operations.tasks.sweep"),
    "send": _every(SWEEP_SECONDS, "apps.notifications.tasks.drain"),
    "export": _every(SWEEP_SECONDS, "apps.exports.tasks.sweep"),
    "ask": _every(SWEEP_SECONDS, "apps.notifications.tasks.ask"),
    "import": _every(SWEEP_SECONDS, "apps.imports.tasks.sweep"),
    "scan": _every(SWEEP_SECONDS, "apps.documents.tasks.sweep"),
    "purge imports": _every(3600, "apps.imports.tasks.purge"),
}
if CLOSE_DAY_AT:
    CELERY_BEAT_SCHEDULE["close of business"] = _nightly(CLOSE_DAY_AT)

LOGGING = configure(env("LOG_LEVEL", default="INFO"))
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG

SILENCED_SYSTEM_CHECKS: list[str] = []
