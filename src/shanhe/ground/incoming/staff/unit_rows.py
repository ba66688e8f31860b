"""A sheet of units: each is registered, or there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division
from shanhe.ground.incoming.kinds import Done, Fault, Progress, Report
from shanhe.ground.incoming.staff.cells import Unfit, phone_in, plain
from shanhe.ground.incoming.staff.places import PlaceBook
from shanhe.ground.incoming.staff.units import UnitBook, kind_of_unit
from shanhe.ground.people.models import Organization
from shanhe.ground.people.queries import organization_code_free
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services import organization_register
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["UnitRow", "take_units"]

UnitRow = Mapping[str, str]

_KINDS = {
    "河长办": "chiefs_office",
    "林长办": "chiefs_office",
    "河(林)长办": "chiefs_office",
    "办公室": "chiefs_office",
    "政府": "government",
    "人民政府": "government",
    "党委政府": "government",
    "成员单位": "member_unit",
    "部门": "member_unit",
    "村委会": "village_committee",
    "村(居)委会": "village_committee",
    "居委会": "village_committee",
    "村民委员会": "village_committee",
    "党支部": "party_branch",
    "支部": "party_branch",
}
_SYSTEMS = {
    "": "both",
    "河长制": "river",
    "河湖长制": "river",
    "河长": "river",
    "林长制": "forest",
    "林长": "forest",
    "都有": "both",
    "两者": "both",
    "both": "both",
    "river": "river",
    "forest": "forest",
}
#: Fields of the service's refusals, and the sheet's where they are called otherwise.
FIELDS = {"office_phone": "phone"}


@dataclass(slots=True)
class _Wanted:
    """A row that may be taken."""

    row: int
    name: str
    kind: str
    system: str
    division: Division
    phone: str
    code: str
    parent: str
    existing: Organization | None


class _TakenBack(Exception):
    """One row was refused after all, and with it all of them."""


def take_units(
    rows: Sequence[tuple[int, UnitRow]],
    *,
    by: Actor,
    at: datetime,
    good_rows: bool,
    write: bool,
    progress: Progress | None,
) -> Report:
    """Register the units that are not there yet; see ``Kind.take``."""
    listed = [(number, row) for number, row in rows if any(row.values())]
    report = Report()
    wanted = _planned(listed, by, report)
    report.done = [_done(each) for each in wanted]
    if not write or (report.refused and not good_rows):
        return report
    written: list[Done] = []
    try:
        with ledger.atomic():
            for number, each in enumerate(wanted, 1):
                _write(each, by, at, report, written)
                if report.refused and not good_rows:
                    raise _TakenBack
                if progress is not None:
                    progress(number, len(wanted))
    except _TakenBack:
        return report
    report.done = written
    return report


def _done(each: _Wanted) -> Done:
    pk = str(each.existing.pk) if each.existing else ""
    return Done(each.row, "unchanged" if each.existing else "create", each.name, pk)


def _planned(rows: Sequence[tuple[int, UnitRow]], by: Actor, report: Report) -> list[_Wanted]:
    def words(name: str) -> set[str]:
        return {row[name] for _number, row in rows if row.get(name)}

    places = PlaceBook(by.scope, words("division") | words("name"))
    units = UnitBook(by.scope, words("name") | words("parent"))
    first: dict[tuple[str, str], int] = {}
    codes: dict[str, int] = {}
    wanted = []
    for number, row in rows:
        faults: dict[str, Text] = {}
        each = _read(number, row, places, units, faults)
        if each is not None and not faults:
            _check_once(each, first, codes, faults)
        if each is None or faults:
            report.refused += [Fault(number, name, why) for name, why in faults.items()]
        else:
            wanted.append(each)
    return wanted


def _check_once(
    each: _Wanted, first: dict[tuple[str, str], int], codes: dict[str, int], faults: dict[str, Text]
) -> None:
    same = first.setdefault((each.division.code, each.name), each.row)
    if same != each.row:
        faults["name"] = Text(_("The same record stands in row %(row)s."), {"row": same})
    if each.code and codes.setdefault(each.code, each.row) != each.row:
        faults["code"] = Text(_("The same record stands in row %(row)s."), {"row": codes[each.code]})


def _read(
    number: int, row: UnitRow, places: PlaceBook, units: UnitBook, faults: dict[str, Text]
) -> _Wanted | None:
    name = plain(row.get("name", ""))
    if not name or len(name) > 120:
        faults["name"] = Text(_("A name has 1 to 120 characters."))
        return None
    kind = _word(row, "kind", _KINDS | {kind: kind for kind in Organization.Kind.values}, faults)
    system = _word(row, "system", _SYSTEMS, faults) if row.get("system") else "both"
    parent = row.get("parent", "")
    try:
        division = (
            places.find(row["division"]) if row.get("division") else places.of_unit(name) or places.root
        )
        existing = units.known(row.get("code") or name, division)
        if parent and units.known(parent) is None:
            faults["parent"] = Text(_("There is no unit “%(given)s”."), {"given": parent})
    except Unfit as unfit:
        faults["division"] = unfit.reason
        return None
    if division is None:
        faults["division"] = Text(_("Say where the unit sits."))
        return None
    if existing is not None and existing.division_id != division.code:
        existing = None
    phone = phone_in(row.get("phone", ""))
    if existing is not None and phone and existing.office_phone and existing.office_phone != phone:
        told = {"phone": existing.office_phone}
        faults["phone"] = Text(_("The unit has the telephone %(phone)s already."), told)
    return _Wanted(
        number,
        name,
        kind or kind_of_unit(name),
        system or "both",
        division,
        phone,
        row.get("code", "").strip(),
        parent,
        existing,
    )


def _word(row: UnitRow, name: str, words: Mapping[str, str], faults: dict[str, Text]) -> str:
    given = plain(row.get(name, ""))
    if given and given not in words:
        told = {"words": "、".join(word for word in words if word and not word.isascii())}
        faults[name] = Text(_("Must be one of: %(words)s."), told)
        return ""
    return words.get(given, "")


def _write(each: _Wanted, by: Actor, at: datetime, report: Report, written: list[Done]) -> None:
    if each.existing is not None:
        written.append(_done(each))
        return
    try:
        with ledger.atomic():
            unit = organization_register(
                code=each.code or organization_code_free(each.division),
                name=each.name,
                kind=each.kind,
                division=each.division,
                system=each.system,
                parent=_parent(each, by),
                office_phone=each.phone,
                by=by,
                at=at,
            )
    except Refusal as refusal:
        fields = refusal.fields or {"": refusal.message}
        report.refused += [
            Fault(each.row, FIELDS.get(name, name), why, refusal.code) for name, why in fields.items()
        ]
        return
    written.append(Done(each.row, "create", unit.name, str(unit.pk)))


def _parent(each: _Wanted, by: Actor) -> Organization | None:
    return UnitBook(by.scope, [each.parent]).known(each.parent) if each.parent else None
