"""Signing in with a telephone number: the number, the six digits sent to it, and what else is to be said."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from shanhe.faces.http.code_sign_in import phone_code_sent, user_by_phone
from shanhe.faces.http.forms import refusal_into
from shanhe.faces.http.people import login_said
from shanhe.faces.http.signing_in import let_in, wanted_address
from shanhe.faces.office.accounts_codes import NewPassword
from shanhe.ground import clock
from shanhe.ground.notify.sms import is_on, outbox, sends_really
from shanhe.ground.people.models import User
from shanhe.ground.people.services import PHONE_CODE_LIFE
from shanhe.kernel.errors import Refusal

__all__ = ["urlpatterns"]


class PhoneForm(forms.Form):
    """A mobile number."""

    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "autofocus": True}
        ),
    )


class DigitsForm(forms.Form):
    """The digits that were sent; phones offer them from the message."""

    code = forms.CharField(
        label=_("Code from the message"),
        max_length=12,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        ),
    )


@never_cache
@sensitive_post_parameters()
def phone_page(request: HttpRequest) -> HttpResponse:
    """Number, digits, and where needed which account and a password of one's own: one address, in steps."""
    if not is_on():
        raise Http404
    step = request.POST.get("step", "")
    if request.method != "POST" or step == "other":
        return _shown(request, "phone_ask.html", {"form": PhoneForm()})
    if step == "ask":
        return _ask(request)
    return _use(request)


def _ask(request: HttpRequest) -> HttpResponse:
    form = PhoneForm(request.POST)
    if form.is_valid():
        try:
            phone_code_sent(request, form.cleaned_data["phone"])
        except Refusal as refusal:
            refusal_into(form, refusal)
            return _shown(request, "phone_ask.html", {"form": form}, refusal.status)
        return _digits(request, form.cleaned_data["phone"], DigitsForm())
    return _shown(request, "phone_ask.html", {"form": form}, 422)


def _digits(request: HttpRequest, phone: str, form: DigitsForm, status: int = 200) -> HttpResponse:
    is_demo_only = settings.DEMO and not sends_really()
    context = {
        "form": form,
        "phone": phone,
        "minutes": PHONE_CODE_LIFE.seconds // 60,
        "outbox": outbox() if is_demo_only else "",
    }
    return _shown(request, "phone_code.html", context, status)


def _use(request: HttpRequest) -> HttpResponse:
    phone = request.POST.get("phone", "")[:40]
    form = DigitsForm(request.POST)
    if not form.is_valid():
        return _digits(request, phone, form, 422)
    digits, username = form.cleaned_data["code"], request.POST.get("username", "")[:60]
    more = NewPassword(request.POST) if "new_password" in request.POST else NewPassword()
    if more.is_bound and not more.is_valid():
        return _password(request, phone, digits, username, more, 422)
    new_password = more.cleaned_data["new_password"] if more.is_bound else ""
    try:
        proven = user_by_phone(
            request, phone, digits, via="office", username=username, new_password=new_password
        )
    except Refusal as refusal:
        if refusal.code == "password.must_change":
            return _password(request, phone, digits, username, NewPassword())
        if refusal.code == "password.fields":
            refusal_into(more, refusal)
            return _password(request, phone, digits, username, more, refusal.status)
        refusal_into(form, refusal)
        return _digits(request, phone, form, refusal.status)
    if proven.user is None:
        return _choose(request, phone, digits, list(proven.users))
    return let_in(request, proven.user, wanted_address(request))


def _choose(request: HttpRequest, phone: str, digits: str, users: list[User]) -> HttpResponse:
    today = clock.today()
    accounts = [{"username": user.username, **login_said(user, today)} for user in users]
    return _shown(request, "phone_choose.html", {"phone": phone, "digits": digits, "accounts": accounts})


def _password(
    request: HttpRequest, phone: str, digits: str, username: str, form: NewPassword, status: int = 200
) -> HttpResponse:
    context = {"phone": phone, "digits": digits, "username": username, "form": form}
    return _shown(request, "phone_password.html", context, status)


def _shown(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context["next"] = wanted_address(request)
    response = render(request, f"office/accounts/{template}", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns: list[URLPattern] = [path("accounts/phone/", phone_page, name="phone-login")]
