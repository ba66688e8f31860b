"""Signing in and out, one's own password, devices and language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.signing_in import let_in, user_with, wanted_address
from shanhe.ground import clock
from shanhe.ground.notify.sms import is_on, sends_really
from shanhe.ground.people.models import ApiToken, User
from shanhe.ground.people.queries import tokens_of
from shanhe.ground.people.services import language_choose, password_change, token_revoke
from shanhe.ground.people.sign_in_codes import codes_used
from shanhe.kernel.errors import Refusal

__all__ = ["language_choice", "urlpatterns"]


class LoginForm(forms.Form):
    """Username and password, as browsers and password managers expect them."""

    username = forms.CharField(
        label=_("Username"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    """The present password and a new one, typed twice."""

    old = forms.CharField(
        label=_("Present password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    new = forms.CharField(
        label=_("New password"),
        max_length=200,
        strip=False,
        help_text=_("At least 8 characters, not your name and no common word."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password once more"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both new ones have to be the same."""
        cleaned = super().clean() or {}
        if "new" in cleaned and "again" in cleaned and cleaned["new"] != cleaned["again"]:
            self.add_error("again", gettext("The two new passwords differ."))
        return cleaned


@never_cache
@sensitive_post_parameters("password")
def login_page(request: HttpRequest) -> HttpResponse:
    """Sign in; then to where one wanted to go, or to choose a password of one's own first."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(wanted_address(request))
        return _login_form(request, LoginForm())
    form = LoginForm(request.POST)
    if not form.is_valid():
        return _login_form(request, form, status=422)
    try:
        user = user_with(request, form.cleaned_data["username"], form.cleaned_data["password"])
    except Refusal as refusal:
        form.add_error(None, refusal.message.render(gettext))
        return _login_form(request, form, status=refusal.status)
    if user is None:
        form.add_error(
            None, gettext("Username or password is wrong. Capital letters matter in the password.")
        )
        return _login_form(request, form, status=422)
    return let_in(request, user, wanted_address(request))


def _login_form(request: HttpRequest, form: LoginForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "next": wanted_address(request),
        # Where messages only go to a file, nobody at a telephone would ever get one; the demo tells where.
        "offers_phone": sends_really() or (is_on() and settings.DEMO),
    }
    return render(request, "office/accounts/login.html", context, status=status)


@require_POST
def logout_action(request: HttpRequest) -> HttpResponse:
    """Sign out and show the sign-in page."""
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@never_cache
@sensitive_post_parameters()
def password_page(request: HttpRequest) -> HttpResponse:
    """Choose another password; the first one given by the office has to be changed here."""
    if not isinstance(request.user, User):
        return redirect(f"{settings.LOGIN_URL}?next={reverse('password-change')}")
    form = PasswordForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _password_form(request, form, 422 if form.is_bound else 200)
    try:
        user = password_change(
            user=request.user,
            old=form.cleaned_data["old"],
            new=form.cleaned_data["new"],
            by=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        for field, reason in refusal.fields.items():
            form.add_error(field, reason.render(gettext))
        if not refusal.fields:
            form.add_error(None, refusal.message.render(gettext))
        return _password_form(request, form, refusal.status)
    update_session_auth_hash(request, user)
    messages.success(
        request, gettext("Your password was changed. Phones and other devices have to sign in again.")
    )
    return redirect(wanted_address(request))


def _password_form(request: HttpRequest, form: PasswordForm, status: int) -> HttpResponse:
    context = {"form": form, "next": wanted_address(request), "is_first": _must_change(request)}
    return render(request, "office/accounts/password.html", context, status=status)


def _must_change(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.must_change_password


@office_page
def devices_page(request: HttpRequest) -> HttpResponse:
    """The phones and programs that are signed in to one's account."""
    now = clock.now()
    tokens = list(tokens_of(scope_of_request(request))[:50])
    context = {
        "crumbs": [(gettext("My account"), None), (gettext("Devices"), None)],
        "live": [token for token in tokens if token.revoked_at is None and token.expires_at > now],
        "codes": list(codes_used(scope_of_request(request), now)[:20]),
        "out": [token for token in tokens if token.revoked_at is not None or token.expires_at <= now],
    }
    return render(request, "office/accounts/devices.html", context)


@require_POST
@office_page
def device_sign_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign one of one's own devices out."""
    try:
        token = tokens_of(scope_of_request(request)).get(pk=pk)
    except ApiToken.DoesNotExist:
        raise Http404 from None
    token_revoke(token=token, by=actor_of(request), at=clock.now())
    messages.success(request, gettext("The device was signed out."))
    return redirect("devices")


@require_POST
def language_choice(request: HttpRequest) -> HttpResponse:
    """Another language for this browser and, when signed in, for the account."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in dict(settings.LANGUAGES):
        language_choose(user=request.user, language=language, by=actor_of(request), at=clock.now())
    return set_language(request)


urlpatterns: list[URLPattern] = [
    path("accounts/login/", login_page, name="login"),
    path("accounts/logout/", logout_action, name="logout"),
    path("accounts/password/", password_page, name="password-change"),
    path("accounts/devices/", devices_page, name="devices"),
    path("accounts/devices/<int:pk>/sign-out/", device_sign_out, name="device-sign-out"),
]
