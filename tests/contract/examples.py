"""An example for every route: which record it shows, who may see that, and what is sent to change it.

The scope walk fails on a route that is not listed here. To list a new one, say in which ring of the scope its
record lies (``ground/people/scope.py``), how to address the record of a village, and, when the route takes a
POST, what to send and who may.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localtime

from contract.world import PREFIX, Country, Village

__all__ = ["EXAMPLES", "Example", "Fields", "Sending", "nothing"]

Fields = dict[str, Any]
Of = Callable[[Village], Any]


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent to change something of a village, and who may: those who hold ``ring`` there.

    ``crossed`` is the same about one's own village, but with something of a stranger's village in it.
    """

    body: Callable[[Country, Village], Fields]
    ring: (
        str  # "own", "managed", "walked"; "self": everybody, for it changes one's own account only; "nobody"
    )
    writer: str = ""  # a role of whom it is taken for 杨墩; "": the body is meant to be refused
    query: Callable[[Village], Fields] = lambda village: {}
    crossed: Callable[[Country, Village, Village], Fields] | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One route. Without ``ring`` it shows no single record."""

    address: Callable[[Village], Fields] = lambda village: {}
    ring: str = ""  # one has to hold it where the record lies; "": a list, cut to one's scope
    sending: Sending | None = None
    is_public: bool = False
    is_get: bool = True
    queries: Callable[[Village], list[Fields]] | None = None  # other than those every list is asked
    status: int = 200  # for the administrator
    tells_everybody: frozenset[str] = frozenset()  # kinds of canaries that signboards name


def listing(
    sending: Sending | None = None, queries: Callable[[Village], list[Fields]] | None = None, **address: str
) -> Example:
    """A list, or a form for something new."""
    return Example(lambda village: address, "", sending, queries=queries)


def record(ring: str, sending: Sending | None = None, **address: Of) -> Example:
    """The page of one record."""
    return Example(_addressed(address), ring, sending)


def action(ring: str, sending: Sending, **address: Of) -> Example:
    """What takes a POST only."""
    return Example(_addressed(address), ring, sending, is_get=False)


def public(
    sending: Sending | None = None, *, is_get: bool = True, status: int = 200, **address: Any
) -> Example:
    """For everybody, signed in or not."""
    return Example(lambda village: address, "", sending, is_public=True, is_get=is_get, status=status)


def managed(
    body: Callable[[Country, Village], Fields] | Mapping[str, Any],
    writer: str = "dongzhi",
    crossed: Callable[[Country, Village, Village], Fields] | None = None,
) -> Sending:
    """What the chief's office of the place may send."""
    return Sending(
        body if callable(body) else lambda country, village: dict(body), "managed", writer, crossed=crossed
    )


def beside(village: Village) -> str:
    """A point at the reach of a village, as the drawing desk gives it."""
    shape = village.reach.shapes.get(until=None)
    return json.dumps({"type": "MultiPoint", "coordinates": [[shape.min_lon, shape.min_lat]]})


def _addressed(address: dict[str, Of]) -> Callable[[Village], Fields]:
    return lambda village: {name: of(village) for name, of in address.items()}


def nothing(country: Country, village: Village) -> Fields:
    """A POST without fields."""
    return {}


def chief(village: Village) -> int:
    """The person who has a login, a post and a phone."""
    return village.chief.pk


def newcomer(village: Village) -> int:
    """The person who has none of these."""
    return village.newcomer.pk


def _march(village: Village) -> str:
    """The month in which the country's clock stands."""
    return "2026-03"


def imported(village: Village) -> uuid.UUID:
    """The file that the chief has brought."""
    return village.incoming.uuid


def brought(country: Country, village: Village) -> Fields:
    """A list of outfalls."""
    text = f"名称,行政区划\n一号口,{village.code}\n"
    return {"file": SimpleUploadedFile("口.csv", text.encode())}


def track_file(country: Country, village: Village) -> Fields:
    """A walk along the village's reach, as a recorder writes it."""
    track = country.make.track(village.reach)
    rows = zip(track.t_ms, track.lon, track.lat, strict=True)
    lines = [f"{datetime.fromtimestamp(t_ms / 1000, UTC).isoformat()},{lon},{lat}" for t_ms, lon, lat in rows]
    text = "\n".join(["time,lon,lat", *lines])
    return {"uuid": str(uuid.uuid4()), "file": SimpleUploadedFile("walk.csv", text.encode())}


def period_again(country: Country, village: Village) -> Fields:
    """The patrols of the village in some days."""
    today = country.make.today
    days = {"since": (today - timedelta(days=7)).isoformat(), "until": today.isoformat()}
    return {"uuid": str(uuid.uuid4()), "division": village.code, "basis": "day", **days}


def appointment(country: Country, village: Village) -> Fields:
    """The newcomer becomes ranger of the village."""
    post = country.make.post("ranger", "village", "forest")
    return {
        "post": post.pk,
        "over": "own",
        "since": country.make.today.isoformat(),
        "basis": "东林〔2026〕1号",
    }


def handover(village: Village) -> int:
    """The handover of the patroller's post."""
    return village.handover.pk


def successor(country: Country, village: Village) -> Fields:
    """The newcomer takes the chief's post over."""
    return {
        "who": "known",
        "person": village.newcomer.pk,
        "posts": [village.appointment.pk],
        "on": "2026-03-09",
        "decide": "1",
    }


def substitute(country: Country, village: Village) -> Fields:
    """The ranger stands in for the chief."""
    return {"substitute": village.ranger.pk, "since": "2026-03-09", "until": "2026-03-19"}


def keeper(country: Country, village: Village) -> Fields:
    """The newcomer keeps the reach."""
    post = country.make.post("chief", "village")
    return {"person": village.newcomer.pk, "post": post.pk, "since": "2026-03-02"}


def new_reach(country: Country, village: Village, other: Village | None = None) -> Fields:
    """A stretch of the village's water; with ``other`` of a stranger's."""
    west, south = 117.0, 30.0
    line = {"type": "LineString", "coordinates": [[west, south], [west + 0.01, south + 0.001]]}
    return {
        "name": "新画的河段",
        "division": village.code,
        "level": "village",
        "water": (other or village).water.code,
        "bank": "both",
        "geometry": json.dumps(line),
        "confirmed": "on",
    }


def piece_of_water(village: Village) -> Fields:
    """A reach that is cut out of a water, for the village."""
    return {
        "level": "village",
        "name-0": "新的一段",
        "division-0": village.code,
        "from_m-0": "2500",
        "to_m-0": "3500",
        "bank-0": "both",
    }


PAGES: dict[str, Example | tuple[Example, ...]] = {
    # -- everybody ---------------------------------------------------------------------------------------
    "healthz": public(),
    "robots": public(),
    "favicon": public(status=302),
    "javascript-catalog": public(),
    "set_language": public(
        Sending(lambda country, village: {"language": "en"}, "self", "village-chief"), is_get=False
    ),
    "api-v1:openapi-json": public(),
    "api-v1:openapi-view": public(),
    "login": public(status=302),
    "logout": public(is_get=False),
    "landing": public(),
    "try": public(),
    "try-ground": public(),
    "try-example": public(name="honest.gpx"),
    "tile": replace(
        public(layer="areas", z=8, x=211, y=105),
        tells_everybody=frozenset({"reach", "unit", "code of an area"}),
    ),
    "proof": public(),
    "proof-check": public(is_get=False),
    "proof-day": Example(lambda village: {"day": _yesterday(village)}, is_public=True),
    # -- one's account -----------------------------------------------------------------------------------
    "password-change": listing(
        Sending(lambda country, village: {"old": "wrong", "new": "x" * 9, "again": "x" * 9}, "self")
    ),
    "devices": listing(),
    "device-sign-out": action(
        "own", Sending(nothing, "own", "village-chief"), pk=lambda village: village.token.pk
    ),
    "api-v1:api-root": public(status=404),
    "code-new": Example(sending=Sending(nothing, "self"), status=404),
    "code-enter": public(Sending(lambda country, village: {"code": "x" * 27}, "nobody")),
    "code-state": record("own", uuid=lambda village: village.sign_in.uuid),
    "code-revoke": action(
        "own", Sending(nothing, "own", "village-chief"), uuid=lambda village: village.sign_in.uuid
    ),
    "account-code": record("managed", managed(nothing), pk=chief),
    "phone-login": public(Sending(lambda country, village: {"step": "ask", "phone": "x"}, "nobody")),
    # -- map and search ----------------------------------------------------------------------------------
    "home": listing(),
    "home-steps": action("", Sending(nothing, "self")),
    "map": listing(),
    "map-areas": listing(),
    "map-states": listing(),
    "map-ground": listing(),
    "search": listing(),
    "pick": tuple(
        listing(
            queries=lambda village: [
                {"name": "x", "x_text": PREFIX},
                {"name": "x", "x": village.code},
                {"name": "x", "x": village.reach.code},
                {"name": "x", "x": village.organization.code},
                {"name": "x", "x": village.chief.pk},
            ],
            what=what,
        )
        for what in ("divisions", "areas", "organizations", "people")
    ),
    # -- areas -------------------------------------------------------------------------------------------
    "areas": listing(),
    "areas-xlsx": listing(),
    **{f"areas-{form}": listing() for form in ("gpkg", "geojson", "kml")},
    "area": record("seen", code=lambda village: village.reach.code),
    "area-shape": record("seen", code=lambda village: village.unit.code),
    "stickers": record(
        "managed",
        managed(lambda country, village: {"do": "add", "name": "Tree", "points": beside(village)}),
        code=lambda village: village.reach.code,
    ),
    "sticker-picture": record(
        "managed",
        code=lambda village: village.reach.code,
        sticker=lambda village: village.facility.stickers.get().code,
    ),
    "areas-nearby": listing(
        queries=lambda village: [{"bbox": "116.9,29.9,117.6,30.6"}, {"bbox": "70,20,130,50"}]
    ),
    "area-new": listing(managed(lambda country, village: new_reach(country, village), crossed=new_reach)),
    "area-edit": record(
        "managed",
        managed(
            lambda country, village: {**new_reach(country, village), "water": village.water.code},
            crossed=lambda country, own, other: {**new_reach(country, own), "water": other.water.code},
        ),
        code=lambda village: village.reach.code,
    ),
    "waters": listing(),
    "waters-xlsx": listing(),
    "water": record("seen", code=lambda village: village.water.code),
    "water-shape": record("seen", code=lambda village: village.water.code),
    "water-cut": record(
        "managed",
        managed(
            lambda country, village: piece_of_water(village),
            crossed=lambda country, own, other: piece_of_water(other),
        ),
        code=lambda village: village.water.code,
    ),
    "reach-ends": record(
        "managed", managed({"from_m": "0", "to_m": "500"}), code=lambda village: village.reach.code
    ),
    "area-retire": action(
        "managed", managed({"on": "2026-03-02", "reason": "撤并"}), code=lambda village: village.unit.code
    ),
    "gaps": listing(),
    "gaps-xlsx": listing(),
    "divisions": listing(),
    "division": record("seen", code=lambda village: village.code),
    # -- patrols -----------------------------------------------------------------------------------------
    "patrols": listing(),
    "patrols-xlsx": listing(),
    "patrol": record("supervised", pk=lambda village: village.patrol.pk),
    "patrol-drawing": record("supervised", pk=lambda village: village.patrol.pk),
    "patrol-walk": record("supervised", pk=lambda village: village.patrol.pk),
    "patrol-series": record("supervised", pk=lambda village: village.patrol.pk),
    "patrol-track": record("supervised", pk=lambda village: village.patrol.pk),
    "patrol-new": listing(
        Sending(track_file, "walked", "village-chief", query=lambda village: {"area": village.reach.code})
    ),
    "patrol-paper": replace(  # without an area it leads to where one is chosen
        listing(
            Sending(  # without the picture of the sheet
                lambda country, village: {"uuid": str(uuid.uuid4()), "words": ""},
                "managed",
                query=lambda village: {"area": village.reach.code},
            )
        ),
        status=302,
    ),
    # -- contests, and judging again ----------------------------------------------------------------------
    "contests": listing(),
    "contests-xlsx": listing(),
    "contest": record(
        "supervised",
        Sending(
            lambda country, village: {"action": "decide", "result": "whole", "words": "走访属实"},
            "supervised",
            "dongzhi",
        ),
        uuid=lambda village: village.contest.uuid,
    ),
    "contest-new": Example(
        lambda village: {"pk": village.doubtful.pk},
        "supervised",
        Sending(
            lambda country, village: {"uuid": str(uuid.uuid4()), "about": "whole", "words": "走完了全程"},
            "walked",
            "village-chief",
        ),
        status=404,  # an office is no party
    ),
    "verdict-decide": record(
        "supervised",
        Sending(
            lambda country, village: {"uuid": str(uuid.uuid4()), "result": "whole", "words": "电话核实"},
            "supervised",
            "dongzhi",
        ),
        pk=lambda village: village.doubtful.pk,
    ),
    "reverifications": Example(sending=managed(period_again), status=200),
    "reverification": record("managed", uuid=lambda village: village.run.uuid),
    "reverification-xlsx": record("managed", uuid=lambda village: village.run.uuid),
    "reverification-act": action(
        "managed", managed({"action": "discard"}), uuid=lambda village: village.run.uuid
    ),
    # -- sheets ------------------------------------------------------------------------------------------
    "sheets": listing(
        queries=lambda village: [
            {"month": "2026-03", "system": system, "by": by, "division": division}
            for system in ("river", "forest")
            for by in ("person", "area", "division")
            for division in ("", village.code)
        ]
    ),
    "sheets-make": action(
        "",
        Sending(
            lambda country, village: {"month": "2026-03", "by": "person", "division": village.code},
            "supervised",
            "dongzhi",
        ),
    ),
    **{
        f"sheet-person{form}": record("supervised", pk=chief, month=_march, system=lambda village: "river")
        for form in ("", "-pdf", "-xlsx")
    },
    **{
        f"sheet-area{form}": record("supervised", code=lambda village: village.unit.code, month=_march)
        for form in ("", "-pdf", "-xlsx")
    },
    **{
        f"sheet-division{form}": record(
            "supervised", code=lambda village: village.code, month=_march, system=lambda village: "forest"
        )
        for form in ("", "-pdf", "-xlsx")
    },
    # -- files that are brought --------------------------------------------------------------------------
    "imports": listing(),
    "import-template": listing(kind="outfall"),
    "import-new": listing(
        Sending(brought, "self", "dongzhi", query=lambda village: {"kind": "outfall"}),
        queries=lambda village: [{"kind": "outfall"}, {"kind": "forest-unit"}],
    ),
    "import": record("own", uuid=imported),
    "import-preview": record("own", uuid=imported),
    "import-map": record("own", uuid=imported),
    "import-faults": record("own", uuid=imported),
    "import-read": action("own", Sending(lambda country, village: {"crs": "moon"}, "own"), uuid=imported),
    "import-match": action(
        "own", Sending(lambda country, village: {"field-colour": "x"}, "own"), uuid=imported
    ),
    "import-take": action("own", Sending(nothing, "own"), uuid=imported),
    "import-withdraw": action("own", Sending(nothing, "own", "village-chief"), uuid=imported),
    # -- people ------------------------------------------------------------------------------------------
    "people": listing(),
    "people-xlsx": listing(),
    "person": record("seen", pk=chief),
    "person-new": listing(
        managed(
            lambda country, village: {"name": "新来的人", "division": village.code},
            crossed=lambda country, own, other: {
                "name": "新来的人",
                "division": own.code,
                "organization": other.organization.code,
            },
        )
    ),
    "person-edit": record(
        "managed",
        managed(
            {"name": "改了的名字", "phone": "0566"},
            crossed=lambda country, own, other: {"name": "改名", "organization": other.organization.code},
        ),
        pk=chief,
    ),
    "appointment-new": record(
        "managed",
        managed(
            appointment,
            crossed=lambda country, own, other: {
                **appointment(country, own),
                "over": "division",
                "place": other.code,
            },
        ),
        pk=newcomer,
    ),
    "appointment-end": record(
        "managed", managed({"on": "2026-03-02", "reason": "调动"}), pk=lambda village: village.appointment.pk
    ),
    "appointment-correct": record(
        "managed",
        managed(
            lambda country, village: {
                "person": village.newcomer.pk,
                "since": "2025-02-01",
                "reason": "录错人",
            },
            crossed=lambda country, own, other: {
                "person": other.newcomer.pk,
                "since": "2025-02-01",
                "reason": "录错人",
            },
        ),
        pk=lambda village: village.appointment.pk,
    ),
    "handovers": listing(),
    "handovers-xlsx": listing(),
    "handovers-together": listing(
        Sending(
            lambda country, village: {
                "on": "2026-03-09",
                f"name-{village.appointment.pk}": "新当选的人",
                "decide": "1",
            },
            "managed",
            "dongzhi",
            query=lambda village: {"division": village.code},
        )
    ),
    "handovers-sheet": listing(),
    "handover": record("supervised", pk=handover),
    "handover-areas": record("supervised", pk=handover),
    "handover-pdf": record("supervised", pk=handover),
    "handover-confirm": action(
        "supervised", Sending(nothing, "nobody"), pk=handover, role=lambda village: "incoming"
    ),
    "handover-refuse": action(
        "supervised",
        Sending(lambda country, village: {"note": "不认可"}, "nobody"),
        pk=handover,
        role=lambda village: "incoming",
    ),
    "handover-paper": action(
        "supervised", managed({"note": "本人签字"}), pk=handover, role=lambda village: "outgoing"
    ),
    "handover-withdraw": action("supervised", managed({"note": "录错人"}), pk=handover),
    "handover-new": record(
        "managed",
        managed(
            successor,
            crossed=lambda country, own, other: {**successor(country, own), "person": other.newcomer.pk},
        ),
        pk=lambda village: village.appointment.pk,
    ),
    "leave-new": record(
        "managed",
        managed(
            substitute,
            crossed=lambda country, own, other: {**substitute(country, own), "substitute": other.ranger.pk},
        ),
        pk=lambda village: village.appointment.pk,
    ),
    "leave-end": record("managed", managed({"on": "2026-03-25"}), pk=lambda village: village.leave.pk),
    "area-appoint": record(
        "managed",
        managed(
            keeper,
            crossed=lambda country, own, other: {**keeper(country, own), "person": other.newcomer.pk},
        ),
        code=lambda village: village.reach.code,
    ),
    "account-open": record("managed", managed({"username": "newcomer-2026"}), pk=newcomer),
    "account-reset": record("managed", managed(nothing), pk=chief),
    "account-close": action("managed", managed(nothing), pk=chief),
    "account-reopen": action("managed", managed(nothing, writer=""), pk=chief),
    "account-device-out": action(
        "managed", managed(nothing), pk=chief, token=lambda village: village.token.pk
    ),
    "directory": listing(queries=lambda village: [{"q": PREFIX}, {"by": "unit"}, {"division": village.code}]),
    "directory-xlsx": listing(),
    "call": listing(
        queries=lambda village: [{}, {"q": PREFIX}, {"area": village.reach.code}, {"at": "117.0,30.0"}]
    ),
    "organization-chart": listing(queries=lambda village: [{}, {"at": village.code}]),
    "organization-chart-part": record("seen", code=lambda village: village.code),
    "organizations": listing(),
    "organization": record("seen", pk=lambda village: village.organization.pk),
    "organization-new": listing(
        managed(
            lambda country, village: {
                "name": "新的支部",
                "kind": "party_branch",
                "system": "both",
                "division": village.code,
            },
            crossed=lambda country, own, other: {
                "name": "新的支部",
                "kind": "party_branch",
                "system": "both",
                "division": own.code,
                "parent": other.organization.code,
            },
        )
    ),
    # -- setting up --------------------------------------------------------------------------------------
    "start": listing(),
    "organizations-xlsx": listing(),
    "divisions-xlsx": listing(),
    "ledger-xlsx": listing(),
    "jobs-xlsx": listing(),
    "start-region": listing(Sending(nothing, "nobody")),  # keeps a cookie and changes nothing else
    # An administrator has no place until one is chosen, and is led to where that is done.
    "start-posts": replace(listing(Sending(nothing, "nobody")), status=302),
    "start-rules": replace(listing(Sending(nothing, "nobody")), status=302),
    # -- ledger and long work ----------------------------------------------------------------------------
    "ledger": listing(),
    "ledger-verify": action("nobody", Sending(nothing, "nobody")),
    "ledger-event": record("supervised", number=lambda village: village.event.seq),
    "ledger-proof": record("supervised", number=lambda village: village.event.seq),
    "jobs": listing(),
    "job": record("own", uuid=lambda village: village.job.uuid),
    "job-file": Example(lambda village: {"uuid": village.job.uuid}, "own", status=404),
}

API: dict[str, Example] = {
    "POST /auth/token": public(
        Sending(lambda country, village: {"username": village.account.username, "password": "x"}, "nobody")
    ),
    "POST /auth/password": public(
        Sending(
            lambda country, village: {
                "username": village.account.username,
                "password": "x",
                "new_password": "y" * 9,
            },
            "nobody",
        )
    ),
    "POST /auth/code": public(Sending(lambda country, village: {"code": "x" * 27}, "nobody")),
    "POST /auth/sms": public(Sending(lambda country, village: {"phone": "x"}, "nobody")),
    "POST /auth/sms/code": public(
        Sending(lambda country, village: {"phone": "13900009999", "code": "000000"}, "nobody")
    ),
    "DELETE /auth/token": listing(Sending(nothing, "nobody")),
    "GET /me": listing(),
    "GET /areas": listing(),
    "GET /areas/{code}": record("seen", code=lambda village: village.reach.code),
    "GET /areas/{code}/chain": record("seen", code=lambda village: village.unit.code),
    "GET /gaps": listing(),
    "GET /files/{uuid}": record("supervised", uuid=lambda village: village.file.uuid),
    "PUT /files/{uuid}": action("", Sending(nothing, "nobody"), uuid=lambda village: village.file.uuid),
    "GET /patrols": listing(),
    "GET /patrols/{patrol_id}": record("supervised", patrol_id=lambda village: village.patrol.pk),
    "GET /patrols/{patrol_id}/contests": record("supervised", patrol_id=lambda village: village.patrol.pk),
    "POST /patrols/{patrol_id}/contests": action(
        "supervised",
        Sending(
            lambda country, village: {"uuid": str(uuid.uuid4()), "words": "走完了全程"},
            "walked",
            "village-chief",
        ),
        patrol_id=lambda village: village.doubtful.pk,
    ),
    "GET /patrols/{patrol_id}/proof": record("supervised", patrol_id=lambda village: village.patrol.pk),
    "POST /patrols": listing(
        Sending(
            lambda country, village: json.loads(country.make.sent(village.reach).raw),
            "walked",
            "village-chief",
        )
    ),
    "POST /patrols/file": listing(
        Sending(
            lambda country, village: {**track_file(country, village), "area": village.reach.code},
            "walked",
            "village-chief",
        )
    ),
}


def _yesterday(village: Village) -> Any:
    """The day whose root the country published."""
    return (localtime(village.patrol.received_at) - timedelta(days=1)).date()


def _flat() -> Iterator[tuple[str, Example]]:
    for key, given in {**PAGES, **API}.items():
        for example in given if isinstance(given, tuple) else (given,):
            yield key, example


EXAMPLES = tuple(_flat())
