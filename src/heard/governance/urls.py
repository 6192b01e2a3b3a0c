from django.urls import path

from heard.governance import views, views_privacy, views_webhooks

app_name = "governance"
urlpatterns = [
    path("", views.settings_page, name="settings"),
    path("company/", views.company, name="company"),
    path("privacy/", views.masking, name="masking"),
    path("privacy/keep/<slug:kind>/", views_privacy.keep, name="keep"),
    path("privacy/erasures/", views_privacy.erasures, name="erasures"),
    path("privacy/erasures/<int:erasure_id>/", views_privacy.erasure, name="erasure"),
    path("members/", views.members, name="members"),
    path("members/invite/", views.invite, name="invite"),
    path("members/invitations/<int:invitation_id>/withdraw/", views.withdraw, name="withdraw"),
    path("members/<int:member_id>/", views.member, name="member"),
    path("members/<int:member_id>/new-password/", views.new_password, name="new_password"),
    path("members/<int:member_id>/deactivate/", views.deactivate, name="deactivate"),
    path("teams/", views.make_team, name="make_team"),
    path("teams/<int:team_id>/", views.rename_team, name="rename_team"),
    path("webhooks/", views_webhooks.endpoints, name="webhooks"),
    path("webhooks/add/", views_webhooks.add, name="add_webhook"),
    path("webhooks/<int:endpoint_id>/", views_webhooks.endpoint, name="webhook"),
    path("webhooks/<int:endpoint_id>/new-secret/", views_webhooks.new_secret, name="new_webhook_secret"),
    path("webhooks/<int:endpoint_id>/test/", views_webhooks.test, name="test_webhook"),
    path("webhooks/<int:endpoint_id>/switch/", views_webhooks.switch, name="switch_webhook"),
    path("webhooks/<int:endpoint_id>/remove/", views_webhooks.remove, name="remove_webhook"),
    path("webhooks/<int:endpoint_id>/send-again/", views_webhooks.send_again, name="send_webhooks_again"),
    path("audit/", views.audit_log, name="audit"),
]
