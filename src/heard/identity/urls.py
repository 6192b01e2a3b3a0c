from django.urls import path

from heard.identity import views, views_belonging, views_review, views_rights

app_name = "identity"
urlpatterns = [
    path("", views.customers, name="customers"),
    path("to-judge/", views_review.to_judge, name="to_judge"),
    path("to-judge/count/", views_review.count_to_judge, name="count_to_judge"),
    path("to-judge/<int:pair_id>/", views_review.judge, name="judge"),
    path("to-judge/<int:pair_id>/again/", views_review.judge_again, name="judge_again"),
    path("<int:customer_id>/joining/", views_review.joining, name="joining"),
    path("<int:customer_id>/faces/<int:identity_id>/", views_review.treat_face, name="treat_face"),
    path("<int:customer_id>/faces/<int:identity_id>/consent/", views_review.note_face_consent, name="note_consent"),
    path("<int:customer_id>/", views.customer, name="customer"),
    path("<int:customer_id>/beside/", views.beside, name="beside"),
    path("<int:customer_id>/timeline/", views.stretch, name="stretch"),
    path("<int:customer_id>/same-person/", views.same_person, name="same_person"),
    path("<int:customer_id>/link/", views.link, name="link"),
    path("<int:customer_id>/different/", views.say_different, name="say_different"),
    path("<int:customer_id>/reasons/<int:link_id>/take-back/", views.unlink, name="unlink"),
    path("<int:customer_id>/belongs/", views_belonging.belongs, name="belongs"),
    path("<int:customer_id>/belongs/owner/", views_belonging.look_after, name="look_after"),
    path("<int:customer_id>/belongs/relate/", views_belonging.relate, name="relate"),
    path("<int:customer_id>/belongs/unrelate/", views_belonging.unrelate, name="unrelate"),
    path("<int:customer_id>/belongs/employ/", views_belonging.employ, name="employ"),
    path("<int:customer_id>/belongs/leave/", views_belonging.leave, name="leave"),
    path("<int:customer_id>/export/", views_rights.export, name="export"),
    path("<int:customer_id>/erase/", views_rights.erase, name="erase"),
    path("<int:customer_id>/hold/", views_rights.hold, name="hold"),
    path("<int:customer_id>/lift-hold/", views_rights.lift_hold, name="lift_hold"),
    path("<int:customer_id>/name/", views.rename, name="rename"),
]
