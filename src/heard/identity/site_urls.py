from django.urls import path

from heard.identity import site_views

urlpatterns = [
    path("<str:key>/visits.js", site_views.script, name="visits_script"),
    path("<str:key>/events", site_views.events, name="visits_events"),
]
