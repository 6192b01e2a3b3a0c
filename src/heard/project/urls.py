from django.apps import apps
from django.urls import include, path

from heard.governance.views import accept as accept_invitation
from heard.project import about, desk
from heard.project.api import api
from heard.project.first_run import first_run

urlpatterns = [
    path("palette/", desk.palette, name="palette"),
    path("theme/", desk.theme, name="theme"),
    path("accounts/", include("heard.project.sign_in_urls")),
    path("welcome/", first_run, name="first_run"),
    path("join/<str:token>/", accept_invitation, name="invitation"),
    path("settings/about/", about.about, name="about"),
    path("settings/demo-world/remove/", about.remove_demo, name="remove_demo"),
    path("settings/", include("heard.identity.settings_urls")),
    path("settings/", include("heard.governance.urls")),
    path("customers/", include("heard.identity.urls")),
    path("topics/", include("heard.understanding.topics.urls")),
    path("understanding/", include("heard.understanding.pages.urls")),
    path("", include("heard.routing.urls")),
    path("", include("heard.engagement.urls")),
    path("", include("heard.listening.urls")),
    path("", include("heard.listening.form_urls")),
    path("site/", include("heard.identity.site_urls")),
    path("api/v1/", api.urls),
]
if apps.is_installed("heard.insight"):
    urlpatterns.insert(0, path("fairness/", include("heard.insight.urls")))
