"""Divisions, people, posts, appointments and accounts, with the cast of three."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cached_property
from itertools import count
from typing import Any

from django.test import Client

from shanhe.ground.divisions.models import Division
from shanhe.ground.people.catalogue import posts
from shanhe.ground.people.models import Appointment, Organization, Person, Post, Remit, User
from shanhe.ground.people.scope import Actor, Scope, scope_of, system_actor
from shanhe.ground.people.services import (
    appointment_make,
    organization_register,
    person_register,
    post_define,
    remit_of_areas,
    remit_of_division,
    user_open,
)
from shanhe.kernel import codes

__all__ = ["PLACES", "MakesPeople"]

#: The real divisions of this world: two counties side by side in Anhui, one far away in Xinjiang.
PLACES = {
    "340000000000": "安徽省",
    "341700000000": "池州市",
    "341721000000": "东至县",
    "341721102000": "大渡口镇",
    "341721102201": "杨墩村委会",
    "341721102202": "大同村委会",
    "341721100000": "尧渡镇",
    "341721100200": "黄泥村委会",
    "341722000000": "石台县",
    "341722100000": "仁里镇",
    "341722100200": "同心村委会",
    "650000000000": "新疆维吾尔自治区",
    "653100000000": "喀什地区",
    "653126000000": "叶城县",
    "653126100000": "喀格勒克镇",
    "653126100001": "阿格孜康博依社区",
}
FAMILY_NAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"


class MakesPeople:
    """``make.division``, ``make.person``, ``make.post``, ``make.appointment``, ``make.user`` and the cast."""

    now = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # Monday 2026-03-02, 09:30 in the office
    today = date(2026, 3, 2)
    password = "mountains-and-rivers"

    def __init__(self) -> None:
        self._numbers = count(1)

    # -- divisions ---------------------------------------------------------------------------------------

    def division(self, code: str = "341721102201", name: str | None = None) -> Division:
        """The division of that code with all above it; the level follows from the code."""
        found = Division.objects.filter(code=code).first()
        if found is not None:
            return found
        above = codes.ancestors(code)[:-1]
        parent = self.division(above[-1]) if above else None
        level = next(level for level in codes.LEVELS if codes.subtree(code, level)[0] == code)
        return Division.objects.create(
            code=code, name=name or PLACES.get(code, f"第{code[-4:]}区"), level=level, parent=parent
        )

    @cached_property
    def dongzhi(self) -> Division:
        """东至县, the county the cast works in."""
        return self.division("341721000000")

    @cached_property
    def dadukou(self) -> Division:
        """大渡口镇 in 东至县."""
        return self.division("341721102000")

    @cached_property
    def village(self) -> Division:
        """杨墩 in 大渡口镇, the village chief's."""
        return self.division("341721102201")

    @cached_property
    def shitai(self) -> Division:
        """石台县, the next county."""
        return self.division("341722000000")

    @cached_property
    def kashgar(self) -> Division:
        """喀什地区, far away."""
        return self.division("653100000000")

    # -- people and posts --------------------------------------------------------------------------------

    def organization(
        self, division: Division | None = None, kind: str = "chiefs_office", **fields: Any
    ) -> Organization:
        """A unit in a division (the county)."""
        division = division or self.dongzhi
        fields.setdefault("code", f"{division.code}-{kind}-{next(self._numbers)}"[:40])
        fields.setdefault("name", f"{division.name}河长办")
        return organization_register(division=division, kind=kind, **fields, **self._by_the_system)

    def person(self, division: Division | None = None, name: str | None = None, **fields: Any) -> Person:
        """Somebody of a division (the village)."""
        number = next(self._numbers)
        name = name or f"{FAMILY_NAMES[number % 20]}小{FAMILY_NAMES[number // 20 % 20]}"
        return person_register(division=division or self.village, name=name, **fields, **self._by_the_system)

    def post(self, kind: str = "chief", level: str = "village", system: str = "river", **fields: Any) -> Post:
        """The catalogue's post of that kind, level and system; ``fields`` differ from it under a code given.

        The same code gives the same post.
        """
        code = fields.pop("code", f"{system}.{level}.{kind}")
        found = Post.objects.filter(code=code).first()
        if found is not None:
            return found
        known = next((post for post in posts() if post["code"] == f"{system}.{level}.{kind}"), {})
        plain = {"name": f"{level} {kind}", "kind": kind, "level": level, "system": system}
        return post_define(**{**plain, **known, **fields, "code": code}, **self._by_the_system)

    def remit(self, division: Division | None = None, areas: list[Any] | None = None) -> Remit:
        """What an appointment is for: a division with all below it (the village), or areas."""
        if areas:
            return remit_of_areas(areas=areas, **self._by_the_system)
        return remit_of_division(division=division or self.village, **self._by_the_system)

    def appointment(
        self,
        person: Person | None = None,
        post: Post | None = None,
        division: Division | None = None,
        areas: list[Any] | None = None,
        since: date = date(2025, 1, 1),
        until: date | None = None,
        **fields: Any,
    ) -> Appointment:
        """``person`` holds ``post`` for a division or for areas from ``since`` until ``until``."""
        return appointment_make(
            person=person or self.person(division),
            post=post or self.post(),
            remit=fields.pop("remit", None) or self.remit(division, areas),
            since=since,
            until=until,
            **fields,
            **self._by_the_system,
        )

    @property
    def _by_the_system(self) -> dict[str, Any]:
        return {"by": system_actor("test"), "at": self.now}

    # -- accounts ----------------------------------------------------------------------------------------

    def user(self, person: Person | None = None, username: str | None = None, **fields: Any) -> User:
        """An account with the password ``make.password``, its own; ``is_administrator=True`` sees all."""
        must_change = fields.pop("must_change_password", False)
        user = user_open(
            username=username or f"user-{next(self._numbers)}",
            password=self.password,
            person=person,
            **fields,
            **self._by_the_system,
        )
        if not must_change:
            user.must_change_password = False
            user.save(update_fields=["must_change_password"])
        return user

    def scope(self, user: User) -> Scope:
        """What the account may see and do today."""
        return scope_of(user, self.today)

    def actor(self, user: User, via: str = "office") -> Actor:
        """The account as services are handed it."""
        return Actor(user.pk, user.person_id, via, self.scope(user))

    def client(self, user: User | None = None, **defaults: Any) -> Client:
        """A browser, signed in as ``user``; ``make.client(user, enforce_csrf_checks=True)`` minds CSRF."""
        client = Client(**defaults)
        if user is not None:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def holder(self, kind: str, level: str, division: Division, username: str, **post: Any) -> User:
        """An account whose person holds a post of that kind for a division."""
        person = self.person(division)
        self.appointment(person, self.post(kind, level, **post), division)
        return self.user(person, username)

    # -- the cast ----------------------------------------------------------------------------------------

    @cached_property
    def village_chief(self) -> User:
        """Acts: chief of the village 杨墩."""
        return self.holder("chief", "village", self.village, "village-chief")

    @cached_property
    def county_office(self) -> User:
        """Oversees: a clerk of the chief's office of 东至县."""
        return self.holder("clerk", "county", self.dongzhi, "county-office")

    @cached_property
    def stranger(self) -> User:
        """Sees nothing: a clerk of the next county, 石台县."""
        return self.holder("clerk", "county", self.shitai, "stranger")

    @cached_property
    def administrator(self) -> User:
        """The system administrator."""
        return self.user(username="admin", is_administrator=True)
