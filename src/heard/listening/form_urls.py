"""Doors that strangers come through: the web form and signed webhooks."""

from django.urls import path

from heard.listening import form_views, webhook

urlpatterns = [
    path("form/<slug:slug>/", form_views.contact, name="contact_form"),
    path("form/<slug:slug>/thanks/<str:reference>/", form_views.thanks, name="contact_thanks"),
    path("hooks/<int:account_id>/", webhook.hook, name="webhook"),
    path("hooks/<int:account_id>/<path:below>", webhook.hook, name="webhook_below"),
]
