"""One settings file, from typed environment values; guarded by system checks in doors/web/checks.py."""

from __future__ import annotations

from csp.constants import NONE, SELF

from kimppa import environment

ENV = environment.read()
MODE = ENV.mode
HOME = ENV.home
PROJECT = environment.PROJECT
DEBUG = False

SECRET_KEY = ENV.secret_key or ("only-for-tests-and-tasks" if MODE in {"test", "task"} else "")
ALLOWED_HOSTS = list(ENV.allowed_hosts) or ["127.0.0.1", "localhost", "[::1]", "testserver"]

INSTALLED_APPS = [
    "kimppa.doors.web",
    "kimppa.doors.portal",
    "kimppa.doors.backoffice",
    "kimppa.doors.api",
    "kimppa.doors.gateway",
    "kimppa.doors.console",
    "kimppa.insight.reporting",
    "kimppa.joint.membership",
    "kimppa.elibrary.circulation",
    "kimppa.elibrary.access",
    "kimppa.elibrary.patrons",
    "kimppa.elibrary.holdings",
    "kimppa.elibrary.catalog",
    "kimppa.consortium.communications",
    "kimppa.consortium.workplan",
    "kimppa.consortium.invoicing",
    "kimppa.consortium.budgets",
    "kimppa.consortium.agreements",
    "kimppa.consortium.governance",
    "kimppa.commons.usage",
    "kimppa.commons.health",
    "kimppa.commons.platforms",
    "kimppa.commons.members",
    "kimppa.foundation.imports",
    "kimppa.foundation.outbox",
    "kimppa.foundation.files",
    "kimppa.foundation.accounts",
    "kimppa.foundation.core",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kimppa.doors.web.private.PrivateMiddleware",
    "kimppa.doors.web.hosts.HostMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kimppa.doors.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "kimppa.doors.web.patrons.PatronMiddleware",
    "kimppa.doors.web.errors.ErrorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "kimppa.urls"
WSGI_APPLICATION = "kimppa.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [str(PROJECT / "src/kimppa/templates")],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kimppa.doors.web.context.site",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "kimppa.doors.web.templatetags.kimppa",
            ],
        },
    }
]

DATABASES = {"default": environment.database(ENV.database_url, HOME, for_tests=MODE == "test")}
ATOMIC_REQUESTS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]


LANGUAGE_CODE = "fi"
LANGUAGES = [("fi", "Suomi"), ("sv", "Svenska"), ("en", "English")]
LOCALE_PATHS = [str(PROJECT / "locale")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Helsinki"
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATICFILES_DIRS = [str(PROJECT / "src/kimppa/static")]
STATIC_ROOT = None
# Files are found where they lie in the checkout, so that nothing is copied at a start; serve stands behind
# the same process, and every address carries the file's own fingerprint (doors.web static tag).
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

SESSION_COOKIE_NAME = "kimppa_staff"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = MODE == "serve"
CSRF_COOKIE_NAME = "kimppa_csrf"
CSRF_COOKIE_SECURE = MODE == "serve"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "kimppa.doors.web.errors.csrf_failed"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 31536000 if MODE == "serve" else 0
if ENV.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

ACCOUNT_ADAPTER = "kimppa.doors.web.staff.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
# Failed sign-ins are counted by all web processes together, or each would grant the tries anew. Files, as
# there is one host; counts that few names share are never many.
if MODE in {"run", "serve"}:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(HOME / "cache"),
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
MFA_ADAPTER = "kimppa.doors.web.staff.StaffMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "backoffice:overview"

globals().update(environment.mail(ENV.smtp_url, HOME))
DEFAULT_FROM_EMAIL = ENV.mail_from or "kimppa@localhost"

# Tests keep pytest's own handlers; the rest writes one JSON object a line.
LOGGING_CONFIG = None if MODE == "test" else "kimppa.foundation.core.logs.from_settings"
LOGGING = {"level": "WARNING" if MODE == "task" else ENV.log_level}

# Argon2 costs for the PINs of a local directory; one place, so that tests may lower them.
PIN_HASH_TIME_COST = 2
PIN_HASH_MEMORY_KIB = 19_456

if MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    PIN_HASH_MEMORY_KIB = 64
    PIN_HASH_TIME_COST = 1
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
