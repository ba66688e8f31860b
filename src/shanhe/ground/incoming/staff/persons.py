"""The people that rows mean: known ones by name, place and telephone, and those that a file brings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from shanhe.ground.divisions.models import Division
from shanhe.ground.incoming.staff.cells import Unfit, plain
from shanhe.ground.incoming.staff.units import NewUnit
from shanhe.ground.people.models import Organization, Person, User
from shanhe.ground.people.scope import Scope
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.sounds import pinyin_of

__all__ = ["PersonBook", "Somebody"]

LOOKED_UP = 5_000
#: Instead of a name for the account: make one.
YES = frozenset({"是", "开通", "要", "需要", "√", "✓", "yes", "y", "1", "true"})
NO = frozenset({"否", "不", "不开通", "不要", "无", "no", "n", "0", "false", "-", "—"})


@dataclass(eq=False, slots=True)
class Somebody:
    """A person of a file, known or new; several rows may speak of the same one."""

    name: str
    division: Division
    phone: str = ""
    person: Person | None = None
    unit: Organization | NewUnit | None = None
    username: str = ""  # of the account there is, or that a row opens
    first_row: int = 0  # that will register the person; 0 none yet
    names: set[str] = field(default_factory=set)

    @property
    def is_new(self) -> bool:
        """Whether the person has to be registered."""
        return self.person is None

    @property
    def code(self) -> str:
        """What opens the person's page; "" before there is one."""
        return "" if self.person is None else str(self.person.pk)

    @property
    def key(self) -> object:
        """Tells one from another."""
        return self.person.pk if self.person is not None else id(self)

    def changes(self, phone: str, unit: Organization | NewUnit | None) -> bool:
        """Whether a row says another telephone or unit than is known; what it leaves out stays."""
        return bool((phone and phone != self.phone) or (unit is not None and unit != self.unit))

    def remember(self, phone: str, unit: Organization | NewUnit | None) -> None:
        """What the row said holds for the rows after it."""
        self.phone = phone or self.phone
        self.unit = unit or self.unit


class PersonBook:
    """People of the ground that somebody manages, found by the names and numbers of one file."""

    def __init__(self, scope: Scope, asked: Collection[tuple[str, str]], usernames: Collection[str]) -> None:
        self._of: dict[str, list[Somebody]] = defaultdict(list)
        self._phones: dict[tuple[str, str], set[str]] = defaultdict(set)  # of the file, by name
        for name, phone in asked:
            if phone:
                self._phones[name, ""].add(phone)
        names = sorted({name for name, _phone in asked if name})
        for begin in range(0, len(names), LOOKED_UP):
            self._load(scope, names[begin : begin + LOOKED_UP])
        self._taken = _taken(usernames)
        self._scope = scope

    def _load(self, scope: Scope, names: list[str]) -> None:
        rows = Person.objects.filter(scope.managed.divisions("division_id"), name__in=names)
        for person in rows.select_related("division", "organization", "user").order_by("pk"):
            user = getattr(person, "user", None)
            self._of[person.name].append(
                Somebody(
                    person.name,
                    person.division,
                    person.phone,
                    person,
                    person.organization,
                    user.username if user else "",
                )
            )

    def find(self, name: str, division: Division, phone: str) -> Somebody:
        """Who is meant: the one of that name with that number anywhere in the ground, else the one in the
        division; somebody new when there is none. Unfit when several may be meant.
        """
        called = self._of[name]
        by_phone = [one for one in called if phone and phone == one.phone]
        if len(by_phone) == 1:
            return by_phone[0]
        here = by_phone or [one for one in called if one.division.code == division.code]
        if phone and not by_phone:
            # With two numbers for one name, these are two people of that name.
            here = [one for one in here if not one.phone or not self._is_listed(name, one.phone)]
        if len(here) > 1:
            raise Unfit(
                _("%(count)d people in %(place)s are called %(name)s; give the telephone number."),
                count=len(here),
                place=division.name,
                name=name,
            )
        if here:
            return here[0]
        new = Somebody(name, division, phone)
        called.append(new)
        return new

    def _is_listed(self, name: str, phone: str) -> bool:
        return phone in self._phones[name, ""]

    def username(self, somebody: Somebody, given: str) -> str:
        """The name of the account that a cell asks for; "" when the person has it, or none is wanted.

        Unfit when it is another's, cannot be one, or the person has another one.
        """
        word = plain(given).lower()
        if word in NO or (somebody.username and word in YES):
            return ""
        if word in YES:
            word = self._made(somebody)
        if somebody.username:
            if somebody.username == word:
                return ""
            raise Unfit(_("Has the account %(username)s already."), username=somebody.username)
        if len(word) > 60 or not _is_name(word):
            raise Unfit(_("A username has 1 to 60 letters, digits or the signs @ . + - _"))
        if word in self._taken:
            raise Unfit(_("This username is taken."))
        self._taken.add(word)
        somebody.username = word
        return word

    def _made(self, somebody: Somebody) -> str:
        """The name in pinyin, with a number behind it as long as it is taken."""
        letters = "".join(
            letter for letter in pinyin_of(somebody.name).lower() if letter.isascii() and letter.isalnum()
        )
        base = letters[:50] or "user"
        self._taken |= _beginning(base)
        number = 1
        while (word := base if number == 1 else f"{base}{number}") in self._taken:
            number += 1
        return word


def _is_name(word: str) -> bool:
    try:
        UnicodeUsernameValidator()(word)
    except ValidationError:
        return False
    return True


def _taken(usernames: Iterable[str]) -> set[str]:
    found: set[str] = set()
    wanted = sorted(usernames)
    for begin in range(0, len(wanted), LOOKED_UP):
        rows = User.objects.filter(username__in=wanted[begin : begin + LOOKED_UP])
        found |= set(rows.values_list("username", flat=True))
    return found


def _beginning(base: str) -> set[str]:
    rows = User.objects.filter(username__gte=base, username__lt=base + "\U0010ffff")
    return set(rows.values_list("username", flat=True))
