from django.urls import path

from heard.identity import views

app_name = "identity"
urlpatterns = [
    path("", views.customers, name="customers"),
    path("<int:customer_id>/", views.customer, name="customer"),
    path("<int:customer_id>/same-person/", views.same_person, name="same_person"),
    path("<int:customer_id>/link/", views.link, name="link"),
    path("<int:customer_id>/different/", views.say_different, name="say_different"),
    path("<int:customer_id>/reasons/<int:link_id>/take-back/", views.unlink, name="unlink"),
    path("<int:customer_id>/name/", views.rename, name="rename"),
]
