"""What each row of a people sheet would do: looked up for the whole file at once, nothing written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.utils import timezone

from shanhe.ground.divisions.models import Division
from shanhe.ground.incoming.kinds import Fault, Progress
from shanhe.ground.incoming.staff.areas import AreaBook
from shanhe.ground.incoming.staff.cells import Unfit, day_in, listed_in, name_in, phone_in, plain
from shanhe.ground.incoming.staff.holding import Held, HeldBook
from shanhe.ground.incoming.staff.persons import PersonBook, Somebody
from shanhe.ground.incoming.staff.places import PlaceBook
from shanhe.ground.incoming.staff.posts import PostBook, said_in
from shanhe.ground.incoming.staff.units import NewUnit, UnitBook
from shanhe.ground.people.models import Organization, Post
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.remits import areas_key, division_key, zone_key
from shanhe.ground.registry.models import Area
from shanhe.kernel.codes import ancestors
from shanhe.kernel.errors import Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Over", "Plan", "Planned", "StaffRow", "plan_staff"]

T = TypeVar("T")

#: Field → its text. What a row of the sheet says, columns matched already.
StaffRow = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Over:
    """What somebody answers for: a division with all below it, several under one name, or areas."""

    divisions: tuple[Division, ...]
    areas: tuple[Area, ...]
    place: Division  # where a zone of several lies

    @property
    def name(self) -> str:
        """The parts' names, as a zone of them is called."""
        return "、".join([*(part.name for part in self.divisions), *(area.name for area in self.areas)])[:110]

    @property
    def is_zone(self) -> bool:
        """Whether it needs a name of its own: several divisions, or divisions and areas."""
        return len(self.divisions) + bool(self.areas) > 1

    @property
    def key(self) -> str:
        """That of its remit."""
        if self.is_zone:
            return zone_key(self.place.code, self.name)
        if self.areas:
            return areas_key(area.code for area in self.areas)
        return division_key(self.divisions[0].code)


@dataclass(slots=True)
class Planned:
    """One row that may be taken: who, and what is to be done."""

    row: int
    somebody: Somebody
    division: Division
    unit: Organization | NewUnit | None
    phone: str
    post: Post | None = None
    over: Over | None = None
    since: date | None = None
    until: date | None = None
    basis: str = ""
    ends: int | None = None  # id of the appointment that this row ends
    holds: bool = False  # the appointment is there already
    username: str = ""  # of the account to be opened
    did: str = "unchanged"


@dataclass(slots=True)
class Plan:
    """All rows of a sheet: what they would do, what keeps them out, what is worth a remark."""

    rows: list[Planned] = field(default_factory=list)
    refused: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Books:
    """What the words of the file mean, fetched at once."""

    places: PlaceBook
    posts: PostBook
    areas: AreaBook
    units: UnitBook
    people: PersonBook
    held: HeldBook
    today: date
    by: Actor


def plan_staff(
    rows: Sequence[tuple[int, StaffRow]], by: Actor, at: datetime, progress: Progress | None = None
) -> Plan:
    """What the rows would do, in their order, each knowing of those before it. Twenty-odd queries and their
    chunks, whatever the number of rows. Rows of nobody (a total, a remark below the table) are left out.
    """
    listed = [(number, row) for number, row in rows if is_about_somebody(row)]
    books = _books([row for _number, row in listed], by, at)
    plan = Plan()
    half = [_RowReader(number, row, books, plan).read() for number, row in listed]
    kept = [each for each in half if each is not None]
    books.held.load(
        {each.post.pk for each in kept if each.post}, {each.over.key for each in kept if each.over}
    )
    for done, each in enumerate(kept, 1):
        _settle(each, books, plan)
        if progress is not None and (done % 200 == 0 or done == len(kept)):
            progress(done, len(kept))
    plan.refused.sort(key=lambda fault: fault.row)
    return plan


def is_about_somebody(row: StaffRow) -> bool:
    """Whether a row is more than empty, or one sentence merged over all its cells."""
    said = [text for text in row.values() if text]
    return bool(said) and not (len(said) > 2 and len(set(said)) == 1)


def _books(rows: Sequence[StaffRow], by: Actor, at: datetime) -> _Books:
    def words(*names: str) -> set[str]:
        return {row[name] for row in rows for name in names if row.get(name)}

    over = {part for text in words("over") for part in listed_in(text)}
    joint = {row.get("township", "") + row.get("village", "") for row in rows}
    places = PlaceBook(by.scope, words("division", "township", "village", "unit") | over | joint)
    return _Books(
        places=places,
        posts=PostBook(Post.objects.order_by("pk")),
        areas=AreaBook(by.scope, over),
        units=UnitBook(by.scope, words("unit")),
        people=PersonBook(
            by.scope,
            [(name_in(row.get("name", "")), phone_in(row.get("phone", ""))) for row in rows],
            {plain(name).lower() for name in words("username")},
        ),
        held=HeldBook(),
        today=timezone.localtime(at, timezone.get_default_timezone()).date(),
        by=by,
    )


class _RowReader:
    """Reads one row field by field and gathers every fault, so that the clerk hears of all at once."""

    def __init__(self, number: int, row: StaffRow, books: _Books, plan: Plan) -> None:
        self.number, self.row, self.books, self.plan = number, row, books, plan
        self.faults: dict[str, Text] = {}

    def read(self) -> Planned | None:
        """The row as it may be planned; None when something keeps it out, which is in the plan then."""
        name = self._name()
        phone = self._phone()
        division = self._division()
        if division is not None and not self.books.by.scope.managed.holds_code(division.code):
            self._fault("division", Text(_("Outside the area your office manages.")))
        unit = self._try("unit", lambda: self._unit(division)) if division else None
        planned = None
        if division is not None and not self.faults:
            somebody = self._try("name", lambda: self.books.people.find(name, division, phone))
            if somebody is not None:
                planned = Planned(self.number, somebody, division, unit, phone)
        if self._text("post") or self._text("level") or self._text("over"):
            self._appointment(planned, division)
        if planned is not None and self._text("username"):
            planned.username = self._try("username", lambda: self._username(planned)) or ""
        if self.faults:
            self.plan.refused += [Fault(self.number, name, why) for name, why in self.faults.items()]
            return None
        return planned

    def _text(self, name: str) -> str:
        return self.row.get(name, "").strip()

    def _fault(self, name: str, reason: Text) -> None:
        self.faults.setdefault(name, reason)

    def _note(self, name: str, reason: Text) -> None:
        self.plan.notes.append(Fault(self.number, name, reason, "incoming.note"))

    def _try(self, name: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except Unfit as unfit:
            self._fault(name, unfit.reason)
            return None

    def _name(self) -> str:
        name = name_in(self._text("name"))
        if not name:
            self._fault("name", Text(_("A name is missing.")))
        elif len(name) > 60:
            self._fault("name", Text(_("The name has more than %(most)d characters."), {"most": 60}))
        return name

    def _phone(self) -> str:
        phone = phone_in(self._text("phone"))
        if phone and (not set(phone) <= set("0123456789+-()转") or not 5 <= len(phone) <= 30):
            self._fault(
                "phone", Text(_("“%(given)s” is no telephone number."), {"given": self._text("phone")})
            )
        return phone

    def _division(self) -> Division | None:
        """Where the person sits: as it says, else by the unit's name, by the area, else the office's own."""
        town = self._try("township", lambda: self._place("township", None))
        for name in ("division", "village"):
            if self._text(name):
                return self._try(name, lambda name=name: self._place(name, town))  # type: ignore[misc]
        if "township" in self.faults:
            return None
        known = self._of_unit(town) or town or self._of_areas() or self.books.places.root
        if known is None:
            self._fault("division", Text(_("Say which division this person belongs to.")))
        return known

    def _place(self, name: str, near: Division | None) -> Division | None:
        return self.books.places.find(self._text(name), near) if self._text(name) else None

    def _of_unit(self, town: Division | None) -> Division | None:
        given = self._text("unit")
        if not given:
            return None
        known = self._try("unit", lambda: self.books.units.known(given, town))
        return known.division if known else self.books.places.of_unit(given, town)

    def _of_areas(self) -> Division | None:
        """The division of the areas that are named, when they agree on one."""
        parts = listed_in(self._text("over"))
        found = {
            area.division_id: area.division
            for part in parts
            for area in self.books.areas.by_word.get(part, ())
        }
        return next(iter(found.values())) if len(found) == 1 else None

    def _unit(self, division: Division) -> Organization | NewUnit | None:
        given = self._text("unit")
        if not given:
            return None
        known = self.books.units.known(given, division)
        if known is not None:
            return known
        place = self.books.places.of_unit(given, division) or division
        new = self.books.units.bring(given, place)
        kind = Organization.Kind(new.kind).label
        told = {"unit": new.name, "kind": str(kind)}
        self._note("unit", Text(_("Registers the unit %(unit)s."), told))
        return new

    def _appointment(self, planned: Planned | None, division: Division | None) -> None:
        if division is None:
            return
        over = self._try("over", lambda: self._over(division))
        post = self._try("post", lambda: self._post(division, over)) if "over" not in self.faults else None
        since = self._try("since", lambda: day_in(self._text("since")))
        until = self._try("until", lambda: day_in(self._text("until")))
        if since and until and until <= since:
            self._fault("until", Text(_("It has to be after %(since)s."), {"since": since.isoformat()}))
        basis = self._text("basis")
        if len(basis) > 200:
            self._fault("basis", Text(_("The text has more than %(most)s characters."), {"most": 200}))
        if planned is not None:
            planned.post, planned.over, planned.since, planned.until = post, over, since, until
            planned.basis = basis

    def _over(self, division: Division) -> Over:
        """The areas and divisions that are named; without any the person's own division."""
        divisions: list[Division] = []
        areas: list[Area] = []
        level = self._level_hint()
        for part in listed_in(self._text("over")):
            if not self.books.areas.knows(part):
                found = self._division_called(part, division)
                if found is not None:
                    divisions.append(found)
                    continue
            areas.append(self.books.areas.find(part, division, level))
        if not divisions and not areas:
            divisions = [division]
        return Over(tuple(divisions), tuple(sorted(areas, key=lambda area: area.code)), division)

    def _division_called(self, part: str, near: Division) -> Division | None:
        try:
            return self.books.places.find(part, near)
        except Unfit:
            return None

    def _level_hint(self) -> str:
        for name in ("level", "post"):
            said = self.books.posts.said_in(self._text(name)) if self._text(name) else None
            if said is not None and said.level:
                return said.level
        return ""

    def _post(self, division: Division, over: Over | None) -> Post:
        given, level = self._text("post"), self._text("level")
        above = ancestors((over.divisions[0] if over and over.divisions else division).code)
        named = self.books.posts.named(given, above) if given and not level else None
        if named is not None:
            return named
        if not given and not level:
            raise Unfit(_("Say which post, for example %(example)s."), example="村级河长")
        said, remark = said_in(self.books.posts, given, level)
        system = said.system or _system_of(over)
        if not system:
            raise Unfit(
                _("River or forest? Write %(river)s or %(forest)s."), river="村级河长", forest="村级林长"
            )
        wanted = type(said)(said.kind, system, said.level or _level_of(over) or division.level)
        post = self.books.posts.find(wanted, above)
        if remark is not None:
            self._note("post", remark)
        return post

    def _username(self, planned: Planned) -> str:
        return self.books.people.username(planned.somebody, self._text("username"))


def _system_of(over: Over | None) -> str:
    kinds = {area.kind for area in over.areas} if over else set()
    if kinds == {Area.Kind.REACH}:
        return "river"
    return "forest" if kinds == {Area.Kind.FOREST_UNIT} else ""


def _level_of(over: Over | None) -> str:
    if over is None:
        return ""
    levels = {area.level for area in over.areas} or {division.level for division in over.divisions}
    return levels.pop() if len(levels) == 1 else ""


def _settle(each: Planned, books: _Books, plan: Plan) -> None:
    """What the row does beside what is there and what the rows before it do."""
    changed = each.somebody.changes(each.phone, each.unit)
    is_new = each.somebody.is_new and each.somebody.first_row in (0, each.row)
    each.somebody.first_row = each.somebody.first_row or each.row
    if each.post is not None and each.over is not None:
        fault = _hold(each, books, plan)
        if fault is not None:
            plan.refused.append(fault)
            if is_new:
                each.somebody.first_row = 0
            return
    makes = each.post is not None and not each.holds and each.ends is None
    if is_new or makes:
        each.did = "create"
    elif changed or each.ends is not None or each.username:
        each.did = "update"
    each.somebody.remember(each.phone, each.unit)
    plan.rows.append(each)


def _hold(each: Planned, books: _Books, plan: Plan) -> Fault | None:
    """Whether the appointment is there, ends, or begins; the fault that keeps it out."""
    assert each.post is not None and each.over is not None  # noqa: S101, PT018 (the caller has looked)
    wanted = Held(each.somebody.key, each.somebody.name, each.since, each.until, each.row)
    own = books.held.own(each.post.pk, each.over.key, wanted)
    if own is not None:
        return _continued(each, own)
    if each.since is None:
        each.since = books.today
        note = Text(_("No day is given: in office from %(day)s on."), {"day": books.today.isoformat()})
        plan.notes.append(Fault(each.row, "since", note, "incoming.note"))
        if each.until is not None and each.until <= each.since:
            missing = Text(_("Say since when: it ends before today."))
            return Fault(each.row, "since", missing)
        wanted = Held(wanted.person, wanted.name, each.since, each.until, each.row)
    if each.post.is_exclusive:
        other = books.held.other(each.post.pk, each.over.key, wanted)
        if other is not None:
            return Fault(each.row, "name", _held_by(other), "appointment.held")
    books.held.add(each.post.pk, each.over.key, wanted)
    return None


def _continued(each: Planned, own: Held) -> Fault | None:
    """The row speaks of an appointment that is there: the same, now with its end, or in contradiction."""
    if each.since is not None and own.since != each.since:
        said = Text(_("Holds this post from %(since)s on already; correct that appointment."), own.days)
        return Fault(each.row, "since", said, "appointment.held")
    each.since = own.since
    if each.until == own.until:
        each.holds = True
    elif own.until is None and own.pk is not None:
        each.ends, each.holds = own.pk, True
        own.until = each.until
    elif each.until is None:
        said = Text(_("This appointment ended on %(until)s; give the new one a day of its own."), own.days)
        return Fault(each.row, "until", said, "appointment.over")
    else:
        said = Text(
            _("This appointment ends on %(until)s already; correct it on the person's page."), own.days
        )
        return Fault(each.row, "until", said, "appointment.over")
    return None


def _held_by(other: Held) -> Text:
    params: dict[str, Any] = {"holder": other.name, **other.days}
    if other.row:
        return Text(
            _("Row %(row)d gives this post to %(holder)s from %(since)s on."), {**params, "row": other.row}
        )
    if other.until is None:
        return Text(_("%(holder)s holds this post from %(since)s on; end that appointment first."), params)
    return Text(_("%(holder)s holds this post from %(since)s to %(until)s."), params)
