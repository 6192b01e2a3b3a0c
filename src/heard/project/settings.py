"""Django settings, from the environment alone; environment.py lists and checks every variable."""

from pathlib import Path
from urllib.parse import urlsplit

from heard.project import environment as env

ROOMS = [
    "kernel",
    "governance",
    "listening",
    "identity",
    "understanding",
    "routing",
    "engagement",
    "community",
    "insight",
    "transparency",
]
OPTIONAL_ROOMS = {"community", "insight", "transparency"}

_left_out = set(env.read_list("HEARD_LEAVE_OUT"))
if _left_out - OPTIONAL_ROOMS:
    raise env.SettingError(
        f"HEARD_LEAVE_OUT: {', '.join(sorted(_left_out - OPTIONAL_ROOMS))} cannot be left out; only {', '.join(sorted(OPTIONAL_ROOMS))} can"
    )

HERE = Path(__file__).parent
HOME = env.home()
SECRET_KEY = env.secret_key()
SECRET_KEY_FALLBACKS = env.read_list("HEARD_SECRET_KEY_FALLBACKS")
DEBUG = env.read_bool("HEARD_DEBUG")
PUBLIC_URL = env.read("HEARD_PUBLIC_URL").rstrip("/") or "http://{}:{}".format(*env.listen_address())
ALLOW_PRIVATE_ADDRESSES = env.read_bool("HEARD_ALLOW_PRIVATE_ADDRESSES")
KEEPS_PACE = env.read_bool("HEARD_KEEPS_PACE", default=True)
WEBHOOK_PACE = env.read_count("HEARD_WEBHOOK_PACE", 600)
FILES = Path(env.read("HEARD_FILES") or HOME / "files")

ALLOWED_HOSTS = [
    urlsplit(PUBLIC_URL).hostname or "localhost",
    "127.0.0.1",
    "localhost",
    "[::1]",
    *env.read_list("HEARD_ALLOWED_HOSTS"),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_ENGINE = "heard.project.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "allauth",
    "allauth.account",
    "heard.project.apps.ProjectConfig",
    *(f"heard.{room}" for room in ROOMS if room not in _left_out),
]
AUTH_USER_MODEL = "governance.Member"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": env.database()}

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "heard.project.middleware.front_door",
]
ROOT_URLCONF = "heard.project.urls"
WSGI_APPLICATION = "heard.project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "heard.project.context.house",
            ],
            "builtins": ["django_cotton.templatetags.cotton"],
        },
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "heard.project.jinja.environment",
            "context_processors": ["heard.project.context.house"],
        },
    },
]
COTTON_DIR = "components"

STATIC_URL = "/static/"
STATICFILES_DIRS = [HERE / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOCALE_PATHS = [HERE / "locale"]

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
]
ACCOUNT_ADAPTER = "heard.project.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PREVENT_ENUMERATION = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": (env.read("HEARD_LOG") or "info").upper()},
    "loggers": {"httpx": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}
