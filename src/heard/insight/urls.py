from django.urls import path

from heard.insight import views

app_name = "insight"
urlpatterns = [
    path("", views.fairness, name="fairness"),
    path("<slug:group>/", views.waits, name="waits"),
]
