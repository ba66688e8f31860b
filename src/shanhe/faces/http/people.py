"""The list of people as every web face shows it: its filters, order, columns, and who sees what of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.filters import Chosen, Filter, Filters, any_of, code_or_name, one_of
from shanhe.faces.http.places import division_filter
from shanhe.faces.http.templatetags.shanhe_tags import Look
from shanhe.faces.http.xlsx import Column
from shanhe.ground import clock
from shanhe.ground.people.models import Person, Post, User
from shanhe.ground.people.queries import people_holding, people_named, people_of
from shanhe.ground.people.scope import Scope, scope_of

__all__ = [
    "PEOPLE_ORDER",
    "login_look",
    "login_said",
    "may_change",
    "may_see_phone",
    "people_columns",
    "people_filters",
    "people_listed",
    "posts_said",
]

Rows = QuerySet[Person]

PEOPLE_ORDER = ("division", "name", "pk")

LOGINS = {
    "yes": Look("yes", pgettext_lazy("login", "Has a login"), "valid", "green"),
    "first": Look("first", pgettext_lazy("login", "First password"), "key", "amber"),
    "closed": Look("closed", pgettext_lazy("login", "Closed"), "excused", "grey"),
    "no": Look("no", pgettext_lazy("login", "No login"), "excused", "grey"),
}


def people_filters(scope: Scope, params: Mapping[str, str]) -> Filters:
    """The filters a scope is offered; by login only where it manages people."""
    filters = [
        Filter("q", _("Name or pinyin"), code_or_name, people_named),
        division_filter(scope, params),
        Filter(
            "kind",
            _("Post"),
            any_of(Post.Kind.choices),
            lambda rows, kinds: people_holding(rows, kinds, on=clock.today()),
            "choices",
            lambda: Post.Kind.choices,
        ),
        Filter("organization", _("Unit"), code_or_name, _in_unit),
    ]
    if scope.managed:
        words = [(code, look.word) for code, look in LOGINS.items()]
        filters.append(Filter("login", _("Login"), one_of(words), _with_login, "choice", lambda: words))
    return Filters(*filters)


def _in_unit(rows: Rows, given: str) -> Rows:
    return rows.filter(Q(organization__code=given) | Q(organization__name__contains=given))


def _with_login(rows: Rows, wanted: str) -> Rows:
    if wanted == "no":
        return rows.filter(user=None)
    if wanted == "closed":
        return rows.filter(user__is_active=False)
    return rows.filter(user__is_active=True, user__must_change_password=wanted == "first")


def people_listed(scope: Scope, chosen: Chosen) -> Rows:
    """The people seen that the filters let through, with division, unit and account."""
    return chosen.apply(people_of(scope).select_related("user"))


def may_change(scope: Scope, person: Person) -> bool:
    """Whether the scope's office keeps this person's record."""
    return scope.managed.holds_code(person.division_id)


def may_see_phone(scope: Scope, person: Person) -> bool:
    """Telephone numbers are for the office that keeps the record, and for oneself."""
    return may_change(scope, person) or person.pk == scope.person_id


def login_look(person: Person) -> Look:
    """Whether somebody can sign in: word, icon and tone."""
    user = getattr(person, "user", None)
    if user is None:
        return LOGINS["no"]
    if not user.is_active:
        return LOGINS["closed"]
    return LOGINS["first" if user.must_change_password else "yes"]


def login_said(user: User, on: date) -> dict[str, str]:
    """Whose account it is: the person's name and posts on a day, in the reader's language."""
    person = user.person
    return {
        "name": person.name if person else user.username,
        "post": gettext(", ").join(scope_of(user, on).titles),
    }


def posts_said(person: Any) -> str:
    """The posts of ``with_posts`` in one line, each once: a chief of three reaches is a chief."""
    names = dict.fromkeys(held.post.local_name for held in person.posts_held)
    return gettext(", ").join(names)


def people_columns(scope: Scope, kept: Mapping[int, int]) -> list[Column[Person]]:
    """The export, for rows of ``people_listed`` with posts; ``kept``: areas by person, of ``kept_counts``."""
    columns: list[Column[Person]] = [
        Column(pgettext_lazy("person", "Name"), lambda row: row.name, 12),
        Column(_("Posts now"), posts_said, 30),
        Column(_("Answers for"), _remits_said, 30),
        Column(_("Division"), lambda row: row.division.name, 18),
        Column(_("Division code"), lambda row: row.division_id, 15),
        Column(_("Unit"), lambda row: row.organization.name if row.organization else "", 28),
        Column(_("Areas"), lambda row: kept.get(row.pk, 0), 8),
        Column(_("Work phone"), lambda row: row.phone if may_see_phone(scope, row) else "", 16),
    ]
    if scope.managed:
        columns.append(
            Column(_("Login"), lambda row: login_look(row).word if may_change(scope, row) else "", 14)
        )
    columns.append(Column(_("Simulated"), lambda row: gettext("Yes") if row.is_simulated else "", 10))
    return columns


def _remits_said(person: Any) -> str:
    return gettext(", ").join(dict.fromkeys(held.remit.name for held in person.posts_held))
