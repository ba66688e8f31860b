"""Other people's logins: opened, reset, closed and reopened by the office above, with a slip to hand over."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.forms import refusal_into
from shanhe.faces.http.people import may_change
from shanhe.faces.office.appointments import person_seen
from shanhe.ground import clock
from shanhe.ground.people.models import Person, User
from shanhe.ground.people.queries import account_of, devices_of, username_free
from shanhe.ground.people.services import (
    one_time_password,
    password_reset,
    token_revoke,
    user_close,
    user_open,
    user_reopen,
)
from shanhe.kernel.errors import Refusal
from shanhe.kernel.sounds import pinyin_of

__all__ = ["slip", "urlpatterns"]


class OpenForm(forms.Form):
    """The name somebody will sign in with."""

    username = forms.CharField(
        label=_("Username"),
        max_length=60,
        help_text=_("Letters, digits and the signs @ . + - _ ; easy to type on a phone."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "autofocus": True}),
    )


def _person_kept(request: HttpRequest, pk: int) -> Person:
    """Somebody whose record one's office keeps; 404 otherwise."""
    person = person_seen(request, pk)
    if not may_change(scope_of_request(request), person):
        raise Http404
    return person


def _account(request: HttpRequest, pk: int) -> User:
    """The account of somebody whose record one's office keeps; 404 without one."""
    user = account_of(_person_kept(request, pk))
    if user is None:
        raise Http404
    return user


@never_cache
@office_page
def account_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a login for somebody; the answer is the slip with the first password, shown this once."""
    person = _person_kept(request, pk)
    suggested = username_free(pinyin_of(person.name).replace(" ", ""))
    form = OpenForm(request.POST or None, initial={"username": suggested})
    if request.method == "POST" and form.is_valid():
        password = one_time_password()
        try:
            user = user_open(
                username=form.cleaned_data["username"],
                password=password,
                person=person,
                by=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            refusal_into(form, refusal, {"password": "username"})
            return _open_page(request, person, form, refusal.status)
        return slip(request, user, password, is_new=True)
    return _open_page(request, person, form, 422 if form.is_bound else 200)


def _open_page(request: HttpRequest, person: Person, form: OpenForm, status: int) -> HttpResponse:
    context = {"crumbs": _crumbs(person, gettext("Open a login")), "person": person, "form": form}
    return render(request, "office/people/login_open.html", context, status=status)


def _crumbs(person: Person, last: str) -> list[tuple[str, str | None]]:
    return [
        (gettext("People"), reverse("people")),
        (person.name, reverse("person", args=[person.pk])),
        (last, None),
    ]


@never_cache
@office_page
def account_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether, then give a new first password to who forgot theirs: the slip, shown this once."""
    user = _account(request, pk)
    assert user.person is not None  # noqa: S101  found by it
    if request.method == "POST":
        return slip(request, user, password_reset(user=user, by=actor_of(request), at=clock.now()))
    context = {"crumbs": _crumbs(user.person, gettext("New password")), "person": user.person, "user_": user}
    return render(request, "office/people/login_reset.html", context)


def slip(request: HttpRequest, user: User, password: str, *, is_new: bool = False) -> HttpResponse:
    """The slip to hand over: where to sign in, as whom, with which first password. Kept nowhere."""
    person = user.person
    assert person is not None  # noqa: S101  only people's logins are handed over
    context = {
        "crumbs": _crumbs(person, gettext("Slip")),
        "person": person,
        "username": user.username,
        "password": password,
        "address": request.build_absolute_uri(reverse("login")),
        "is_new": is_new,
        "on": clock.today(),
    }
    response = render(request, "office/people/slip.html", context)
    response["Cache-Control"] = "no-store"
    return response


@office_page
def account_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether, then close a login; what was done with it stays."""
    user = _account(request, pk)
    assert user.person is not None  # noqa: S101  found by it
    if request.method != "POST":
        context = {
            "crumbs": _crumbs(user.person, gettext("Close the login")),
            "person": user.person,
            "user_": user,
        }
        return render(request, "office/people/login_close.html", context)
    user_close(user=user, by=actor_of(request), at=clock.now())
    messages.success(request, gettext("The login was closed and its devices signed out."))
    return redirect("person", pk)


@never_cache
@require_POST
@office_page
def account_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed login again, with a new first password."""
    user = _account(request, pk)
    return slip(request, user, user_reopen(user=user, by=actor_of(request), at=clock.now()), is_new=True)


@require_POST
@office_page
def account_device_out(request: HttpRequest, pk: int, token: int) -> HttpResponse:
    """Sign a lost phone out."""
    user = _account(request, pk)
    found = devices_of(user, clock.now()).filter(pk=token).first()
    if found is None:
        raise Http404
    token_revoke(token=found, by=actor_of(request), at=clock.now())
    messages.success(request, gettext("The device was signed out."))
    return redirect("person", pk)


urlpatterns: list[URLPattern] = [
    path("people/<int:pk>/login/", account_open, name="account-open"),
    path("people/<int:pk>/password/", account_reset, name="account-reset"),
    path("people/<int:pk>/login/close/", account_close, name="account-close"),
    path("people/<int:pk>/login/reopen/", account_reopen, name="account-reopen"),
    path("people/<int:pk>/devices/<int:token>/sign-out/", account_device_out, name="account-device-out"),
]
