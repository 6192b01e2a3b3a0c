from django.urls import path

from heard.listening.views import channels, files, log, monitors, quarantine, search, sign_in

app_name = "listening"
urlpatterns = [
    path("channels/", channels.channels, name="channels"),
    path("channels/alarms/", channels.alarms, name="alarms"),
    path("channels/signed-in/", sign_in.signed_in, name="signed_in"),
    path("channels/connect/<slug:kind>/", channels.connect, name="connect"),
    path("channels/<int:account_id>/", channels.channel, name="channel"),
    path("channels/<int:account_id>/edit/", channels.edit, name="edit"),
    path("channels/<int:account_id>/test/", channels.test, name="test"),
    path("channels/<int:account_id>/switch/", channels.switch, name="switch"),
    path("channels/<int:account_id>/disconnect/", channels.disconnect, name="disconnect"),
    path("channels/<int:account_id>/tokens/", channels.make_token, name="make_token"),
    path("channels/<int:account_id>/tokens/<int:token_id>/end/", channels.end_token, name="end_token"),
    path("monitors/", monitors.monitors, name="monitors"),
    path("monitors/<int:monitor_id>/", monitors.monitor, name="monitor"),
    path("monitors/misspellings/", monitors.misspellings, name="misspellings"),
    path("monitors/watch/", monitors.watch, name="watch"),
    path("monitors/<int:monitor_id>/stop/", monitors.stop, name="stop_watching"),
    path("quarantine/", quarantine.quarantine, name="quarantine"),
    path("quarantine/replay/", quarantine.replay, name="replay"),
    path("quarantine/<int:delivery_id>/dismiss/", quarantine.dismiss, name="dismiss"),
    path("log/", log.log, name="log"),
    path("search/", search.search, name="search"),
    path("attachments/<int:attachment_id>/", files.attachment, name="attachment"),
]
