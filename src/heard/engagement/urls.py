from django.urls import path

from heard.engagement import views

app_name = "engagement"
urlpatterns = [
    path("conversations/<int:conversation_id>/draft/", views.draft, name="draft"),
    path("conversations/<int:conversation_id>/reply/", views.reply, name="reply"),
    path("conversations/<int:conversation_id>/note/", views.note, name="note"),
    path("utterances/<int:utterance_id>/retry/", views.retry, name="retry"),
    path("utterances/<int:utterance_id>/send-again/", views.send_again, name="send_again"),
    path("utterances/<int:utterance_id>/confirm-sent/", views.confirm_sent, name="confirm_sent"),
    path("utterances/<int:utterance_id>/cancel/", views.cancel, name="cancel"),
]
