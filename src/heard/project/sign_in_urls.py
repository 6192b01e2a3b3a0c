"""The doors of the sign-in library that Heard opens. Nobody signs themselves up, and a lost password is an administrator's
to renew (governance.actions.offer_new_password), so that no address can be tried out and no mail is needed for it."""

from allauth.account import views
from django.shortcuts import redirect, render
from django.urls import path

from heard.project.middleware import public


@public
def lost_password(request):
    return render(request, "account/lost_password.html")


@public
def sign_up(request):
    return redirect("account_reset_password")


urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", lost_password, name="account_reset_password"),
    path("signup/", sign_up, name="account_signup"),
    path("inactive/", views.account_inactive, name="account_inactive"),
]
