"""A small country in which every record bears a word of its own, so that it is seen where it leaks.

Five villages: two in one town, one in the next town, one in the next county, one at the other end of the
country. Each has the same things in it: a chief with an account, a ranger, an office, a water, areas, a
signboard, a patrol, a file, a token, a job. A `Canary` is a text that occurs in one record only, with the
ring of the scope (``ground/people/scope.py``) in which it may be read.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np

from make import World
from make.registry import ADMINISTRATOR, line_at
from shanhe.evidence.patrols.models import Contest, Patrol, Reverification
from shanhe.evidence.patrols.services import Stated, contest_file, reverify_start
from shanhe.evidence.patrols.services.reverifying import computed
from shanhe.ground.audit.models import Event
from shanhe.ground.audit.services import day_root_publish
from shanhe.ground.divisions.models import Division
from shanhe.ground.documents.models import StoredFile
from shanhe.ground.documents.services import Binding, Part, file_put
from shanhe.ground.incoming.models import Incoming
from shanhe.ground.jobs.models import Job
from shanhe.ground.people.models import (
    ApiToken,
    Appointment,
    Handover,
    Leave,
    Organization,
    Person,
    SignInCode,
    User,
)
from shanhe.ground.people.scope import system_actor
from shanhe.ground.people.services import handover_make, leave_plan, sign_in_code_make, token_issue
from shanhe.ground.registry.models import Area, Facility, WaterBody
from shanhe.ground.registry.services import stickers_issue

__all__ = ["PREFIX", "VILLAGES", "Canary", "Country", "Role", "Village", "country_made"]

#: Every canary begins so: searching for it finds all that one may see, and it is no canary itself.
PREFIX = "暗号"

VILLAGES = {
    "yangdun": "341721102201",  # 大渡口镇, 东至县
    "datong": "341721102202",  # 大渡口镇, 东至县
    "huangni": "341721100200",  # 尧渡镇, 东至县
    "tongxin": "341722100200",  # 石台县
    "akangboyi": "653126100001",  # 喀什地区
}
DONGZHI = frozenset({"yangdun", "datong", "huangni"})
RINGS = ("seen", "supervised", "managed", "walked", "chain")
TOWN = frozenset({"yangdun", "datong"})

FILE = '<gpx xmlns="http://www.topografix.com/GPX/1/1"><metadata><name>{}</name></metadata></gpx>'


@dataclass(frozen=True, slots=True)
class Canary:
    """A text of one record of a village, and the ring in which it may be read."""

    text: str
    ring: str  # "seen", "supervised", "managed": of that ring, or one's own; "own": nobody else's
    village: str
    what: str
    owner: str = "chief"  # of the village, or its "ranger"


@dataclass
class Village:
    """A village with one of everything."""

    name: str
    code: str
    chief: Person
    account: User
    ranger: Person
    newcomer: Person  # without post and login
    appointment: Appointment
    organization: Organization
    water: WaterBody
    reach: Area
    unit: Area
    facility: Facility
    patrol: Patrol
    file: StoredFile
    token: ApiToken
    job: Job
    event: Event
    handover: Handover  # of a patroller's post; nobody has confirmed it
    leave: Leave  # of the new patroller, in days to come
    sign_in: SignInCode
    incoming: Incoming
    contest: Contest  # of a partial patrol, open
    doubtful: Patrol  # nobody has decided on it
    run: Reverification


@dataclass
class Role:
    """A login and the villages that each of its rings holds; ``user`` None is nobody at all."""

    name: str
    user: User | None
    seen: frozenset[str] = frozenset()
    supervised: frozenset[str] = frozenset()
    managed: frozenset[str] = frozenset()
    walked: frozenset[str] = frozenset()  # where the login is chief, and so may send patrols
    own: str = ""  # "yangdun chief": whose things are one's own

    @property
    def chain(self) -> frozenset[str]:
        """Where it may ring who holds a post: what it supervises, and the village it belongs to itself."""
        return self.supervised | ({self.own.split()[0]} if self.own else frozenset())

    def holds(self, ring: str, village: str, owner: str = "chief") -> bool:
        """Whether what lies in that ring of that village may be read."""
        if (self.name == "admin" and ring != "walked") or self.own == f"{village} {owner}":
            return True
        return ring in RINGS and village in getattr(self, ring)

    def may_read(self, canary: Canary) -> bool:
        """Whether that text may stand in an answer to this login."""
        return self.holds(canary.ring, canary.village, canary.owner)


@dataclass
class Country:
    """The villages, the roles and all canaries."""

    make: World
    villages: dict[str, Village] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    canaries: list[Canary] = field(default_factory=list)


def country_made(make: World) -> Country:
    """Build it, through the services."""
    country = Country(make)
    for number, name in enumerate(VILLAGES):
        country.villages[name] = _village(country, name, number)
    country.roles = {role.name: role for role in _roles(country)}
    day_root_publish(day=make.today - timedelta(days=1), by=system_actor("test"), at=make.now)
    # And of today, so that every village has a record to prove.
    day_root_publish(day=make.today, by=system_actor("test"), at=make.now + timedelta(days=1))
    return country


def _village(country: Country, name: str, number: int) -> Village:
    make, code = country.make, VILLAGES[name]

    def mark(what: str, ring: str = "seen") -> str:
        text = f"{PREFIX}q{number}{what}{number}q"
        country.canaries.append(Canary(text, ring, name, what))
        return text

    def phone(owner: str, ring: str = "chain") -> str:
        text = f"1390000{number}{len(country.canaries):03}"
        country.canaries.append(Canary(text, ring, name, f"{owner}'s telephone", owner))
        return text

    make.division(code, mark("village"))
    division = make.division(code)
    organization = make.organization(
        division, "village_committee", name=mark("committee"), code=f"org-{mark('orgcode')[len(PREFIX) :]}"
    )
    chief = make.person(division, mark("chief"), phone=phone("chief"), organization=organization)
    appointment = make.appointment(chief, make.post("chief", "village"), division, basis=mark("basis"))
    make.appointment(chief, make.post("chief", "village", "forest"), division)
    account = make.user(chief, f"account-{number}")
    at = (117.0 + number / 10, 30.0 + number / 10)
    water = make.water(mark("water"), division=code, level="village", geometry=line_at(at, 4_000))
    reach = make.reach(mark("reach"), division=code, at=at, water=water)
    unit = make.forest_unit(mark("unit"), division=code, at=(at[0], at[1] + 0.02))
    country.canaries += [Canary(each.code, "seen", name, "code of an area") for each in (reach, unit)]
    ranger = make.person(division, mark("ranger"), phone=phone("ranger"))
    make.appointment(ranger, make.post("ranger", "village", "forest"), areas=[unit])
    newcomer = make.person(division, mark("newcomer"), phone=phone("newcomer", "managed"))
    facility = make.facility(mark("signboard"), division=code, area=reach)
    stickers_issue(area=reach, facilities=[facility.pk], by=ADMINISTRATOR, at=make.now)
    patrol = make.patrol(reach, by=account, note=mark("note", "supervised"))
    file = file_put(
        uuid=uuid.uuid4(),
        part=_whole(FILE.format(mark("file", "supervised")).encode()),
        by=make.actor(account, "api"),
        at=make.now,
        binding=Binding(mark("filename", "supervised"), "patrol", patrol.uuid),
    ).file
    token = token_issue(user=account, label=mark("token", "managed"), by=make.actor(account), at=make.now).row
    job = Job.objects.create(
        kind="registry.import", created_by=account, created_at=make.now, message=mark("job", "own")
    )
    sign_in = sign_in_code_make(user=account, by=make.actor(account), at=make.now).row
    by: dict[str, Any] = {"by": system_actor("test"), "at": make.now}
    handover = handover_make(
        outgoing=make.appointment(make.person(division, mark("former")), make.post("patroller"), division),
        successor=make.person(division, mark("successor")),
        on=make.today,
        note=mark("handnote", "supervised"),
        **by,
    )
    leave = leave_plan(
        appointment=handover.incoming,
        since=make.today + timedelta(days=20),
        until=make.today + timedelta(days=30),
        substitute=newcomer,
        reason=mark("leavereason", "managed"),
        **by,
    )
    event = Event.objects.filter(object_type="registry.area", object_id=str(reach.pk)).earliest("seq")
    incoming = Incoming.objects.create(
        kind="outfall",
        name=f"{mark('import', 'own')}.csv",
        size=1,
        sha256="0" * 64,
        state="matched",
        found={"columns": ["名称"], "rows": 1, "has_shapes": False},
        mapping={"name": "名称"},
        report={"counts": {"created": 1, "updated": 0, "unchanged": 0, "refused": 0}},
        created_by=account,
        created_at=make.now,
    )
    return Village(
        *(name, code, chief, account, ranger, newcomer, appointment, organization, water, reach, unit),
        *(facility, patrol, file, token, job, event, handover, leave, sign_in, incoming),
        *_contested(country, reach, account, mark("contest", "supervised")),
        _judged_again(country, division),
    )


def _contested(country: Country, reach: Area, account: User, words: str) -> tuple[Contest, Patrol]:
    """An open contest, and a doubtful patrol that nobody has looked at."""
    make = country.make
    partial = make.patrol(reach, (0, 900), by=account, starts=make.now - timedelta(days=3))
    contest, _is_new = contest_file(
        uuid=uuid.uuid4(),
        patrol=partial,
        area_code=reach.code,
        stated=Stated(words),
        by=make.actor(account, "api"),
        at=make.now,
    )
    track = make.track(reach, starts=make.now - timedelta(days=4))
    mocked = replace(track, mock=np.ones(len(track), bool))
    return contest, make.patrol(reach, track=mocked, by=account)


def _judged_again(country: Country, division: Division) -> Reverification:
    """A re-verification of the village that is there to look at."""
    make = country.make
    run = reverify_start(
        uuid=uuid.uuid4(),
        division=division,
        kind="",
        since=make.today - timedelta(days=1),
        until=make.today,
        basis="day",
        by=make.actor(make.administrator),
        at=make.now,
    )
    list(computed(run_id=run.pk, now=lambda: make.now))
    return run


def _whole(content: bytes) -> Part:
    return Part(0, len(content), content)


def _roles(country: Country) -> list[Role]:
    """The ten accounts of the demonstration, and those who should see nothing or something else."""
    make = country.make
    everything = frozenset(VILLAGES)
    yangdun, far, next_county = frozenset({"yangdun"}), frozenset({"akangboyi"}), frozenset({"tongxin"})
    ranger = make.user(country.villages["yangdun"].ranger, "the-ranger")
    retired = make.person(make.dongzhi)
    make.appointment(
        retired, make.post("clerk", "county"), make.dongzhi, until=make.today - timedelta(days=1)
    )
    coming = make.person(make.dongzhi)
    make.appointment(coming, make.post("clerk", "county"), make.dongzhi, since=make.today + timedelta(days=1))

    def office(username: str, level: str, division: Any, ground: frozenset[str], system: str) -> Role:
        user = make.holder("clerk", level, division, username, system=system)
        return Role(username, user, ground, ground, ground)

    def post(kind: str, username: str, level: str, division: Any, system: str = "river") -> User:
        return make.holder(kind, level, division, username, system=system)

    return [
        Role("admin", make.administrator, everything, everything, everything),
        office("kashgar", "prefecture", make.kashgar, far, "river"),
        Role(
            "kashgar-chief", post("chief", "kashgar-chief", "prefecture", make.kashgar), far, far, walked=far
        ),
        office("dongzhi", "county", make.dongzhi, DONGZHI, "forest"),
        office("dadukou", "township", make.dadukou, TOWN, "forest"),
        Role(
            "dadukou-chief",
            post("general_chief", "dadukou-chief", "township", make.dadukou),
            TOWN,
            TOWN,
            walked=TOWN,
        ),
        Role(
            "village-chief",
            country.villages["yangdun"].account,
            yangdun,
            yangdun,
            walked=yangdun,
            own="yangdun chief",
        ),
        Role("ranger", ranger, yangdun, own="yangdun ranger"),
        Role("water-bureau", post("member", "water-bureau", "county", make.dongzhi, "both"), DONGZHI),
        Role("party-office", post("observer", "party-office", "county", make.dongzhi, "both"), DONGZHI),
        office("next-county", "county", make.shitai, next_county, "river"),
        Role("without-a-post", make.user(make.person(make.dongzhi), "without-a-post")),
        Role("retired-clerk", make.user(retired, "retired-clerk")),
        Role("future-clerk", make.user(coming, "future-clerk")),
        Role("anonymous", None),
    ]
