from django.urls import path

from heard.governance import views

app_name = "governance"
urlpatterns = [
    path("", views.settings_page, name="settings"),
    path("company/", views.company, name="company"),
    path("members/", views.members, name="members"),
    path("members/invite/", views.invite, name="invite"),
    path("members/invitations/<int:invitation_id>/withdraw/", views.withdraw, name="withdraw"),
    path("members/<int:member_id>/", views.member, name="member"),
    path("members/<int:member_id>/new-password/", views.new_password, name="new_password"),
    path("members/<int:member_id>/deactivate/", views.deactivate, name="deactivate"),
    path("teams/", views.make_team, name="make_team"),
    path("teams/<int:team_id>/", views.rename_team, name="rename_team"),
    path("audit/", views.audit_log, name="audit"),
]
