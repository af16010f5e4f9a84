"""The addresses below /me/: the page of a member who signed in."""

from django.urls import path

from messaging.centre import account, inbox, sign_in

urlpatterns = [
    path("", inbox.messages, name="centre"),
    path("sign-in", sign_in.sign_in, name="centre_sign_in"),
    path("password", sign_in.by_password, name="centre_password"),
    path("link/<str:secret>", sign_in.by_link, name="centre_link"),
    path("who", sign_in.who, name="centre_who"),
    path("sign-out", sign_in.sign_out, name="centre_sign_out"),
    path("sign-out-everywhere", sign_in.sign_out_everywhere, name="centre_sign_out_everywhere"),
    path("messages/<int:pk>", inbox.message, name="centre_message"),
    path("messages/<int:pk>/read", inbox.read, name="centre_read"),
    path("messages/<int:pk>/away", inbox.put_away, name="centre_put_away"),
    path("messages/<int:pk>/on", inbox.lead_on, name="centre_lead_on"),
    path("read-all", inbox.read_all, name="centre_read_all"),
    path("account", account.account, name="centre_account"),
    path("account/forget-password", account.forget_password, name="centre_forget_password"),
]
