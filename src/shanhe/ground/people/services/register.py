"""People, units and posts enter the register."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division, Level
from shanhe.ground.people.models import Organization, Person, Post, System
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.permission import check_is_administrator, check_manages
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.sounds import initials_of, pinyin_of

__all__ = ["organization_register", "person_change", "person_register", "post_define", "posts_load"]


@ledger.atomic
def person_register(
    *,
    name: str,
    division: Division,
    by: Actor,
    at: datetime,
    organization: Organization | None = None,
    phone: str = "",
    is_simulated: bool = False,
) -> Person:
    """Put somebody on the register. ``phone`` is the work phone; no home data is taken.

    Two people may bear one name. Refusals: ``people.not_managed``, ``person.fields``.
    """
    check_manages(by, division.code)
    name, phone = name.strip(), phone.strip()
    _check_person(name, phone)
    person = Person.objects.create(
        name=name,
        division=division,
        organization=organization,
        phone=phone,
        is_simulated=is_simulated,
        **_person_sounds(name),
    )
    ledger.record("person.register", person, by=by, at=at, division=division.code)
    return person


@ledger.atomic
def person_change(
    *,
    person: Person,
    by: Actor,
    at: datetime,
    name: str,
    phone: str,
    organization: Organization | None,
) -> Person:
    """Mend a name, the work phone or the unit. Refusals: ``people.not_managed``, ``person.fields``."""
    check_manages(by, person.division_id)
    name, phone = name.strip(), phone.strip()
    _check_person(name, phone)
    new = {"name": name, "phone": phone, "organization": organization}
    changed = sorted(field for field, value in new.items() if getattr(person, field) != value)
    if not changed:
        return person
    for field, value in {**new, **_person_sounds(name)}.items():
        setattr(person, field, value)
    person.save(update_fields=[*new, "pinyin", "initials"])
    # Which fields, not what they say: the ledger keeps no names.
    ledger.record("person.change", person, by=by, at=at, fields=changed)
    return person


def _check_person(name: str, phone: str) -> None:
    faults: dict[str, str | Text] = {}
    if not name:
        faults["name"] = _("A name is missing.")
    elif len(name) > 60:
        faults["name"] = Text(_("The name has more than %(most)d characters."), {"most": 60})
    if (phone and not set(phone) <= set("0123456789+-() 转")) or len(phone) > 30:
        faults["phone"] = _("This is no telephone number.")
    if faults:
        raise Refusal("person.fields", _("This person cannot be registered."), faults)


def _person_sounds(name: str) -> dict[str, str]:
    return {"pinyin": pinyin_of(name).replace(" ", "")[:120], "initials": initials_of(name)[:30]}


@ledger.atomic
def organization_register(
    *,
    code: str,
    name: str,
    kind: str,
    division: Division,
    by: Actor,
    at: datetime,
    system: str = System.BOTH,
    parent: Organization | None = None,
    office_phone: str = "",
    is_simulated: bool = False,
) -> Organization:
    """Put a unit on the register: chief's office, member unit, committee, branch.

    Refusals: ``people.not_managed``, ``organization.fields``, ``organization.code_taken`` (409).
    """
    check_manages(by, division.code)
    faults = {
        "code": "" if code.strip() and len(code) <= 40 else _("A code has 1 to 40 characters."),
        "name": "" if name.strip() and len(name) <= 120 else _("A name has 1 to 120 characters."),
        "kind": "" if kind in Organization.Kind.values else _("There is no such kind."),
        "system": "" if system in System.values else _("There is no such system."),
    }
    if any(faults.values()):
        found = {field: reason for field, reason in faults.items() if reason}
        raise Refusal("organization.fields", _("This unit cannot be registered."), found)
    organization = Organization(
        code=code.strip(),
        name=name.strip(),
        kind=kind,
        system=system,
        division=division,
        parent=parent,
        office_phone=office_phone.strip(),
        initials=initials_of(name)[:120],
        is_simulated=is_simulated,
    )
    try:
        with transaction.atomic():
            organization.save(force_insert=True)
    except IntegrityError as taken:
        raise _code_taken("organization.code_taken", code) from taken
    ledger.record("organization.register", organization, by=by, at=at, division=division.code, kind=kind)
    return organization


@ledger.atomic
def post_define(
    *,
    code: str,
    name: str,
    kind: str,
    system: str,
    level: str,
    by: Actor,
    at: datetime,
    name_en: str = "",
    division: Division | None = None,
    is_exclusive: bool = False,
    is_keeper: bool = False,
    rank: int = 50,
) -> Post:
    """Define a post, or with ``division`` the name a place gives it (草长, 林(草)长).

    A post for everywhere is the administrator's to define, a local one the office's that manages the place.
    Refusals: ``people.not_managed``, ``people.not_administrator``, ``post.fields``, ``post.code_taken``.
    """
    if division is None:
        check_is_administrator(by)
    else:
        check_manages(by, division.code)
    faults = {
        "code": "" if code.strip() and len(code) <= 60 else _("A code has 1 to 60 characters."),
        "name": "" if name.strip() and len(name) <= 60 else _("A name has 1 to 60 characters."),
        "kind": "" if kind in Post.Kind.values else _("There is no such kind."),
        "system": "" if system in System.values else _("There is no such system."),
        "level": "" if level in Level.values else _("There is no such level."),
    }
    if any(faults.values()):
        found = {field: reason for field, reason in faults.items() if reason}
        raise Refusal("post.fields", _("This post cannot be defined."), found)
    post = Post(
        code=code.strip(),
        name=name.strip(),
        name_en=name_en,
        kind=kind,
        system=system,
        level=level,
        division=division,
        is_exclusive=is_exclusive,
        is_keeper=is_keeper,
        rank=rank,
    )
    try:
        with transaction.atomic():
            post.save(force_insert=True)
    except IntegrityError as taken:
        raise _code_taken("post.code_taken", code) from taken
    ledger.record("post.define", post, by=by, at=at, code=post.code, kind=kind, level=level)
    return post


@ledger.atomic
def posts_load(*, by: Actor, at: datetime) -> int:
    """Define the posts that both systems have everywhere; gives how many were new. See ``catalogue``."""
    from shanhe.ground.people.catalogue import posts

    check_is_administrator(by)
    known = set(Post.objects.values_list("code", flat=True))
    new = [Post(**vars_) for vars_ in posts() if vars_["code"] not in known]
    Post.objects.bulk_create(new)
    if new:
        ledger.record("post.load", ("people.post", "*"), by=by, at=at, created=len(new))
    return len(new)


def _code_taken(refusal: str, code: str) -> Refusal:
    return Refusal(
        refusal,
        _("The code %(taken)s is taken."),
        {"code": _("This code is taken.")},
        status=409,
        taken=code,
    )
