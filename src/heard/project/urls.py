from django.urls import include, path

from heard.project import desk

urlpatterns = [
    path("palette/", desk.palette, name="palette"),
    path("theme/", desk.theme, name="theme"),
    path("accounts/", include("allauth.account.urls")),
]
