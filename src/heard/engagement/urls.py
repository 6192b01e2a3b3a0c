from django.urls import path

from heard.engagement import views, views_amend, views_promises, views_recap

app_name = "engagement"
urlpatterns = [
    path("promises/", views_promises.promises_page, name="promises"),
    path("promises/<int:promise_id>/confirm/", views_promises.confirm, name="confirm_promise"),
    path("promises/<int:promise_id>/keep/", views_promises.keep, name="keep_promise"),
    path("promises/<int:promise_id>/break/", views_promises.break_, name="break_promise"),
    path("promises/<int:promise_id>/withdraw/", views_promises.withdraw, name="withdraw_promise"),
    path("promises/<int:promise_id>/move/", views_promises.move, name="move_promise"),
    path("promises/<int:promise_id>/take-back/", views_promises.take_back, name="take_back_promise"),
    path("conversations/<int:conversation_id>/promises/", views_promises.note, name="note_promise"),
    path("conversations/<int:conversation_id>/draft/", views.draft, name="draft"),
    path("conversations/<int:conversation_id>/files/", views.add_files, name="add_files"),
    path("conversations/<int:conversation_id>/files/change/", views.change_files, name="change_files"),
    path("utterances/<int:utterance_id>/file/", views.file, name="file"),
    path("conversations/<int:conversation_id>/preview/", views.preview, name="preview"),
    path("conversations/<int:conversation_id>/facts/", views.facts, name="facts"),
    path("conversations/<int:conversation_id>/recap/", views_recap.recap, name="recap"),
    path("customers/<int:customer_id>/facts/", views.facts_of_customer, name="facts_of_customer"),
    path("conversations/<int:conversation_id>/approved-words/", views.approved_words, name="approved_words"),
    path("conversations/<int:conversation_id>/reply/", views.reply, name="reply"),
    path("conversations/<int:conversation_id>/note/", views.note, name="note"),
    path("messages/<int:interaction_id>/hide/", views.hide, name="hide"),
    path("utterances/<int:utterance_id>/retry/", views.retry, name="retry"),
    path("utterances/<int:utterance_id>/send-again/", views.send_again, name="send_again"),
    path("utterances/<int:utterance_id>/confirm-sent/", views.confirm_sent, name="confirm_sent"),
    path("utterances/<int:utterance_id>/cancel/", views.cancel, name="cancel"),
    path("utterances/<int:utterance_id>/edit/", views_amend.edit, name="edit"),
    path("utterances/<int:utterance_id>/take-back/", views_amend.take_back, name="take_back"),
    path("utterances/<int:utterance_id>/amend-again/", views_amend.again, name="amend_again"),
    path("utterances/<int:utterance_id>/amend-give-up/", views_amend.give_up, name="give_up_amending"),
    path("utterances/<int:utterance_id>/amend-confirm/", views_amend.confirm, name="confirm_amended"),
]
