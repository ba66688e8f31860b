"""Signing a phone in by a QR code: shown on the office's screen, scanned with the phone, confirmed there.

The code stands behind the ``#`` of the address in the QR: a browser sends that part nowhere, so it is in no
server's log and in no Referer. The phone's script puts it into a form, which is posted. The picture stands in
the page itself as a ``data:`` address, for a route of its own would need the code in its address.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import segno
from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.code_sign_in import user_by_code
from shanhe.faces.http.people import login_said, may_change
from shanhe.faces.http.signing_in import let_in, wanted_address
from shanhe.faces.office.appointments import person_seen
from shanhe.ground import clock
from shanhe.ground.people.models import SignInCode, User
from shanhe.ground.people.queries import account_of
from shanhe.ground.people.services import CODE_LIFE, is_above, sign_in_code_make, sign_in_code_revoke
from shanhe.ground.people.sign_in_codes import code_of, code_open
from shanhe.kernel.errors import Refusal, gettext_noop

__all__ = ["NewPassword", "urlpatterns"]

NOT_ABOVE = gettext_noop("Only the chief's office above may do this for the account.")


class NewPassword(forms.Form):
    """A password of one's own in place of the first one, typed twice."""

    new_password = forms.CharField(
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
        """Both have to be the same."""
        cleaned = super().clean() or {}
        if "new_password" in cleaned and "again" in cleaned and cleaned["new_password"] != cleaned["again"]:
            self.add_error("again", gettext("The two new passwords differ."))
        return cleaned


# -- the office's screen ---------------------------------------------------------------------------------


@never_cache
@office_page
def code_new(request: HttpRequest) -> HttpResponse:
    """Sign a phone in to one's own account: what it does, and after a POST the QR code, shown this once."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101  an office page
    if user.is_administrator:
        raise Http404
    crumbs = [(gettext("My account"), None), (gettext("Sign in a phone"), None)]
    return _screen(request, user, crumbs, is_self=True)


@never_cache
@office_page
def account_code(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for somebody else, by the office above."""
    person = person_seen(request, pk)
    user = account_of(person)
    if user is None or not may_change(scope_of_request(request), person):
        raise Http404
    crumbs = [
        (gettext("People"), reverse("people")),
        (person.name, reverse("person", args=[person.pk])),
        (gettext("Sign in a phone"), None),
    ]
    if not (user.is_active and is_above(actor_of(request), user, clock.today())):
        raise Refusal("account.not_above", NOT_ABOVE, status=403)
    return _screen(request, user, crumbs, is_self=False)


def _screen(request: HttpRequest, user: User, crumbs: list[Any], *, is_self: bool) -> HttpResponse:
    context: dict[str, Any] = {
        "crumbs": crumbs,
        "is_self": is_self,
        "account": user,
        "said": login_said(user, clock.today()),
        "minutes": CODE_LIFE.seconds // 60,
    }
    if request.method == "POST":
        made = sign_in_code_make(user=user, by=actor_of(request), at=clock.now())
        address = request.build_absolute_uri(reverse("code-enter"))
        picture = segno.make(f"{address}#{made.secret}", error="m", micro=False)
        context |= {
            "picture": picture.svg_data_uri(omitsize=True, border=4, light="#fff"),
            "address": address,
            "secret": " ".join(made.secret[at : at + 5] for at in range(0, len(made.secret), 5)),
            "reaches_nobody": request.get_host().rpartition(":")[0] in ("localhost", "127.0.0.1", "[::1]"),
            **_state(made.row),
        }
    response = render(request, "office/accounts/code_new.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _state(code: SignInCode) -> dict[str, Any]:
    now = clock.now()
    state = "open"
    if code.used_at:
        state = "used"
    elif code.revoked_at:
        state = "revoked"
    elif code.expires_at <= now:
        state = "over"
    return {"code": code, "state": state}


@never_cache
@office_page
def code_state(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whether the code was used, for who made it and for its account: asked for every few seconds."""
    code = code_of(scope_of_request(request), uuid)
    if code is None:
        raise Http404
    return render(request, "office/accounts/_code_state.html", _state(code))


@require_POST
@office_page
def code_revoke(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a code back that is still open."""
    code = code_of(scope_of_request(request), uuid)
    if code is None:
        raise Http404
    sign_in_code_revoke(code=code, by=actor_of(request), at=clock.now())
    if getattr(request, "htmx", False):
        return render(request, "office/accounts/_code_state.html", _state(code))
    if code.user_id == scope_of_request(request).user_id or code.user.person_id is None:
        return redirect("devices")
    return redirect("person", code.user.person_id)


# -- the phone -------------------------------------------------------------------------------------------


class CodeForm(forms.Form):
    """The code, as a script puts it in, or typed."""

    code = forms.CharField(
        label=_("Sign-in code"),
        max_length=80,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


@never_cache
@sensitive_post_parameters()
def code_enter(request: HttpRequest) -> HttpResponse:
    """Where the QR code leads: says whose account it opens, and signs in once that is confirmed."""
    if request.method != "POST":
        return _enter(request, CodeForm())
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _enter(request, form, 422)
    secret = form.cleaned_data["code"]
    try:
        code = code_open(secret, clock.now())
        if code is None or "confirm" in request.POST:
            return _confirmed(request, secret, code)
    except Refusal as refusal:
        form.add_error(None, refusal.message.render(gettext))
        return _enter(request, form, refusal.status)
    return _confirm(request, secret, code, NewPassword())


def _confirmed(request: HttpRequest, secret: str, code: SignInCode | None) -> HttpResponse:
    new_password = ""
    if code is not None and code.user.must_change_password:
        form = NewPassword(request.POST)
        if not form.is_valid():
            return _confirm(request, secret, code, form, 422)
        new_password = form.cleaned_data["new_password"]
    try:
        user = user_by_code(request, secret, via="office", new_password=new_password)
    except Refusal as refusal:
        if code is None or refusal.code != "password.fields":
            raise
        form.add_error("new_password", refusal.fields["new_password"].render(gettext))
        return _confirm(request, secret, code, form, refusal.status)
    return let_in(request, user, wanted_address(request))


def _enter(request: HttpRequest, form: CodeForm, status: int = 200) -> HttpResponse:
    return _shown(request, "office/accounts/code_enter.html", {"form": form}, status)


def _confirm(
    request: HttpRequest, secret: str, code: SignInCode, form: NewPassword, status: int = 200
) -> HttpResponse:
    user = request.user
    context = {
        "secret": secret,
        "code": code,
        "said": login_said(code.user, clock.today()),
        "maker": None if code.made_by_id == code.user_id else login_said(code.made_by, clock.today()),
        "form": form if code.user.must_change_password else None,
        "other": user.get_username() if user.is_authenticated and user != code.user else "",
    }
    return _shown(request, "office/accounts/code_confirm.html", context, status)


def _shown(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns: list[URLPattern] = [
    path("accounts/qr/", code_enter, name="code-enter"),
    path("accounts/qr/new/", code_new, name="code-new"),
    path("accounts/qr/<uuid:uuid>/state/", code_state, name="code-state"),
    path("accounts/qr/<uuid:uuid>/revoke/", code_revoke, name="code-revoke"),
    path("office/people/<int:pk>/phone/", account_code, name="account-code"),
]
