from django.urls import path

from heard.understanding.topics import views

app_name = "topics"
urlpatterns = [
    path("", views.topics, name="topics"),
    path("new/", views.new, name="new"),
    path("proposals/", views.proposals, name="proposals"),
    path("proposals/<int:proposal_id>/take/", views.take, name="take"),
    path("proposals/<int:proposal_id>/dismiss/", views.dismiss, name="dismiss"),
    path("<int:topic_id>/", views.topic, name="topic"),
    path("<int:topic_id>/name/", views.rename, name="rename"),
    path("<int:topic_id>/sort/", views.sort, name="sort"),
    path("<int:topic_id>/examples/", views.add_example, name="add_example"),
    path("<int:topic_id>/examples/<int:example_id>/drop/", views.drop_example, name="drop_example"),
    path("<int:topic_id>/merge/", views.merge, name="merge"),
    path("<int:topic_id>/take-apart/", views.take_apart, name="take_apart"),
    path("<int:topic_id>/split/", views.split, name="split"),
    path("<int:topic_id>/end/", views.end, name="end"),
    path("<int:topic_id>/bring-back/", views.bring_back, name="bring_back"),
]
