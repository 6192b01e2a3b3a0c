from django.urls import path

from heard.routing import views, views_groups, views_hours, views_queues, views_unattended

app_name = "routing"
urlpatterns = [
    path("", views.inbox_page, name="inbox"),
    path("inbox/changes/", views.changes, name="changes"),
    path("unattended/", views_unattended.unattended, name="unattended"),
    path("settings/queues/", views_queues.queues, name="queues"),
    path("settings/queues/new/", views_queues.queue, name="make_queue"),
    path("settings/queues/<int:queue_id>/", views_queues.queue, name="queue"),
    path("settings/hours/new/", views_hours.hours, name="make_hours"),
    path("settings/hours/<int:hours_id>/", views_hours.hours, name="hours"),
    path("settings/hours/<int:hours_id>/drop/", views_hours.drop, name="drop_hours"),
    path("groups/<int:group_id>/apart/", views_groups.take_apart, name="take_apart"),
    path("groups/<int:group_id>/together/", views_groups.put_together, name="put_together"),
    path("conversations/<int:conversation_id>/", views.conversation_page, name="conversation"),
    path("conversations/<int:conversation_id>/earlier/", views.earlier, name="earlier"),
    path("conversations/<int:conversation_id>/assign/", views.assign, name="assign"),
    path("conversations/<int:conversation_id>/done/", views.finish, name="done"),
    path("conversations/<int:conversation_id>/reopen/", views.reopen, name="reopen"),
    path("conversations/<int:conversation_id>/cases/", views.open_case, name="open_case"),
    path("conversations/<int:conversation_id>/cases/<int:case_id>/resolve/", views.resolve_case, name="resolve_case"),
    path("conversations/<int:conversation_id>/cases/<int:case_id>/move/", views.move_case, name="move_case"),
    path("conversations/<int:conversation_id>/reasons/<int:link_id>/take-back/", views.take_back, name="take_back"),
    path("messages/<int:interaction_id>/as-sent/", views.as_sent, name="as_sent"),
    path("messages/<int:interaction_id>/source/", views.source, name="source"),
    path("messages/<int:interaction_id>/why/", views.why, name="why"),
    path("messages/<int:interaction_id>/settle/", views.dispose, name="dispose"),
    path("messages/<int:interaction_id>/correct/", views.correct, name="correct"),
]
