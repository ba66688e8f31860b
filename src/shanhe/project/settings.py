"""Django settings: wiring only. What an installation may change comes from ``environment``."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from shanhe.project import environment

PACKAGE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = environment.data_dir()

SECRET_KEY = environment.secret_key(DATA_DIR)
DEBUG = environment.flag("SHANHE_DEBUG")
DEMO = environment.flag("SHANHE_DEMO")
TIANDITU_KEY = environment.words("SHANHE_TIANDITU_KEY")[:1]
MAP_MOST = environment.number("SHANHE_MAP_MOST", 3_000)
SMS = environment.sms()
ALLOWED_HOSTS = environment.words("SHANHE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = environment.words("SHANHE_ORIGINS")
BEHIND_PROXY = environment.flag("SHANHE_BEHIND_PROXY")
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "ninja",
    "shanhe.ground.audit",
    "shanhe.ground.divisions",
    "shanhe.ground.policies",
    "shanhe.ground.people",
    "shanhe.ground.jobs",
    "shanhe.ground.documents",
    "shanhe.ground.registry",
    "shanhe.ground.incoming",
    "shanhe.evidence.patrols",
    "shanhe.faces.http",
    "shanhe.faces.office",
    "shanhe.faces.portal",
]

MIDDLEWARE = [
    "shanhe.faces.http.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "shanhe.faces.http.access.AccessMiddleware",
]

ROOT_URLCONF = "shanhe.project.urls"
ASGI_APPLICATION = "shanhe.project.asgi.application"
WSGI_APPLICATION = "shanhe.project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shanhe.faces.http.shell.shell",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

DATABASES = {"default": environment.database(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["shanhe.ground.people.hashing.BoundedArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/office/"
LOGOUT_REDIRECT_URL = "/accounts/login/"

# Only failed tries count, for the account and for the address apart (OWASP ASVS 2.2.1); see throttling.py.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_HANDLER = "shanhe.faces.http.throttling.Throttle"
AXES_LOCKOUT_PARAMETERS = "shanhe.faces.http.throttling.lockout_parameters"
AXES_RESET_ON_SUCCESS = False  # throttling.py forgets this account's failures from this address, no others
AXES_HTTP_RESPONSE_CODE = 429
AXES_CLIENT_IP_CALLABLE = "shanhe.faces.http.address.client_address"
AXES_LOCKOUT_CALLABLE = "shanhe.faces.http.access.locked_out"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True

SESSION_IDLE_S = 2 * 3600  # untouched for so long, an office session ends
SESSION_COOKIE_AGE = 12 * 3600  # and after so long in any case
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_PROXY

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "worker-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
if TIANDITU_KEY:
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append("https://*.tianditu.gov.cn")
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"].append("https://*.tianditu.gov.cn")

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "shanhe.project.assets.VersionedStaticFiles"},
}
WHITENOISE_USE_FINDERS = True  # served where they lie; nothing is collected
WHITENOISE_MAX_AGE = 30 * 86_400  # their addresses change with their content
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/shanhe/chunks/.+-[A-Za-z0-9_-]{8}\.\w+$"  # named by content

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# A patrol of a long day with every fix is about 2 MB; files go through their own route in parts.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "shanhe.faces.http.request_id.RequestIdFilter"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {request_id} {name} {message}", "style": "{"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"shanhe": {"level": "INFO"}, "axes": {"level": "ERROR"}},
}
