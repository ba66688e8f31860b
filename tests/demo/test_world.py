"""What the small demonstration holds, and by which way it came in."""

from __future__ import annotations

import ast
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.utils import timezone

import shanhe.demo
from shanhe.demo import dadukou
from shanhe.demo.cast_dadukou import YANGDUN
from shanhe.demo.purging import simulated_purge
from shanhe.demo.registering import PASSWORD
from shanhe.demo.world import is_untouched
from shanhe.evidence.patrols.models import Patrol, Verdict
from shanhe.faces.cli.demo import ACCOUNTS
from shanhe.ground.audit.models import Event
from shanhe.ground.audit.verify import verify
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.models import Appointment, Organization, Person, Remit, User
from shanhe.ground.people.scope import scope_of, system_actor
from shanhe.ground.policies.models import Policy
from shanhe.ground.registry.models import Area, Facility, Shape, WaterBody

MADE = {
    "patrol.submit": Patrol,
    "person.register": Person,
    "organization.register": Organization,
    "remit.make": Remit,
    "appointment.make": Appointment,
    "account.open": User,
    "area.register": Area,
    "water.register": WaterBody,
    "facility.register": Facility,
}
SIMULATED = (Patrol, Verdict, Person, Organization, Remit, Appointment, User, Area, Facility)


def today(demo: Any) -> Any:
    return timezone.localtime(demo.now).date()


@pytest.mark.parametrize(
    "path", sorted(Path(shanhe.demo.__file__).parent.glob("*.py")), ids=lambda path: path.stem
)
def test_the_demonstration_writes_by_services_alone(path: Path) -> None:
    written = {"objects", "save", "bulk_create", "bulk_update", "_default_manager", "delete"}
    names = {
        node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)
    }
    assert not names & written


@pytest.mark.django_db
def test_a_database_is_untouched_until_something_was_done_in_it(make: Any) -> None:
    assert is_untouched()
    make.person()
    assert not is_untouched()


def test_each_record_has_one_event(demo_world: Any) -> None:
    events = Counter(Event.objects.values_list("action", flat=True))
    assert {action: events[action] for action in MADE} == {
        action: model._default_manager.count() for action, model in MADE.items()
    }
    assert list(verify([]))[-1].broken is None


def test_events_stand_in_the_order_of_their_times(demo_world: Any) -> None:
    times = list(Event.objects.order_by("seq").values_list("at", flat=True))
    assert times == sorted(times)
    assert times[-1] <= demo_world.now


def test_everything_invented_is_marked_as_simulated(demo_world: Any) -> None:
    for model in SIMULATED:
        assert not model._default_manager.filter(is_simulated=False).exists(), model
    real = set(WaterBody.objects.filter(is_simulated=False).values_list("name", flat=True))
    assert {"叶尔羌河", "长江（大渡口段）", "升金湖"} < real
    assert not real & {"圩内中心渠", "八都撇洪沟"}


def test_every_shape_says_that_it_is_a_sketch_or_where_it_comes_from(demo_world: Any) -> None:
    assert not Shape.objects.filter(source="").exists()
    assert not Shape.objects.filter(area__isnull=False, is_sketch=False).exists()
    sketched = Shape.objects.filter(is_sketch=True).values_list("source", flat=True)
    assert all(source.startswith("示意") for source in sketched)
    surveyed = Shape.objects.filter(is_sketch=False).values_list("water__name", "source")
    assert {name for name, _source in surveyed} == {"叶尔羌河", "长江（大渡口段）", "升金湖"}


def test_dadukou_has_its_eighteen_villages_each_with_a_reach_and_woods(demo_world: Any) -> None:
    villages = Division.objects.filter(parent=dadukou.TOWN)
    kinds = Counter(
        "社区" if "社区" in v.name else "居委会" if "居委会" in v.name else "村" for v in villages
    )
    assert kinds == {"村": 15, "社区": 2, "居委会": 1}
    for village in villages:
        assert set(village.areas.values_list("kind", flat=True)) == {"reach", "forest-unit"}


def test_the_eight_rivers_have_chiefs_of_three_levels(demo_world: Any) -> None:
    rivers = WaterBody.objects.filter(division="653100000000")
    assert rivers.count() == 8
    held = Appointment.objects.filter(post__kind="chief", until=None)
    for river in rivers:
        levels = set(
            held.filter(remit__parts__area__reach__water=river).values_list("post__level", flat=True)
        )
        assert levels == {"prefecture", "county", "township"}, river.name


def test_woods_do_not_lie_in_water(demo_world: Any) -> None:
    names = dict(Division.objects.values_list("code", "name"))
    waters = [water.geometry for water in dadukou.waters()]
    grids = [row for row in dadukou.areas(names) if row.kind == "forest-unit" and row.parent]
    for number, grid in enumerate(grids):
        assert not any(shapely.intersects(grid.geometry, water) for water in waters), grid.name
        assert not any(shapely.intersects(grid.geometry, other.geometry) for other in grids[:number]), (
            grid.name
        )


@pytest.mark.parametrize("username", [username for username, _who in ACCOUNTS])
def test_each_account_signs_in_and_has_ground_of_its_own(demo_world: Any, username: str) -> None:
    user = User.objects.get(username=username)
    assert user.check_password(PASSWORD)
    assert not user.must_change_password
    assert scope_of(user, today(demo_world)).seen


def test_there_are_no_other_accounts(demo_world: Any) -> None:
    assert set(User.objects.values_list("username", flat=True)) == {username for username, _who in ACCOUNTS}


def test_patrols_are_good_and_bad_and_the_last_was_yesterday(demo_world: Any) -> None:
    outcomes = Counter(Verdict.objects.values_list("outcome", flat=True))
    assert outcomes["valid"] > 0.8 * sum(outcomes.values())
    assert {"valid", "partial", "doubtful", "invalid"} == outcomes.keys()
    assert 400 < Patrol.objects.count() < 700
    latest = Patrol.objects.order_by("-started_at").first()
    assert latest is not None
    assert demo_world.now - latest.started_at < timedelta(days=2)


def test_the_village_chief_has_a_doubt_and_a_phone_that_slept(demo_world: Any) -> None:
    own = Verdict.objects.filter(person__user__username="village-chief")
    assert own.filter(outcome="doubtful").exists()
    assert own.filter(flag_codes__contains=",asleep,", outcome="valid").exists()
    assert own.filter(outcome="valid", started_at__gte=demo_world.now - timedelta(days=2)).exists()
    assert set(own.values_list("area__division_id", flat=True)) == {YANGDUN}


def test_two_grounds_have_no_keeper_and_somebody_has_left(demo_world: Any) -> None:
    left = Appointment.objects.exclude(until=None)
    assert left.exclude(end_reason="").count() == left.count() > 2
    held = Appointment.objects.filter(until=None, post__kind="chief", post__level__in=["village", "township"])
    for code in ("341721102211", "653125102000"):
        assert not held.filter(remit__parts__area__division=code).exists()


def test_some_area_was_long_not_visited(demo_world: Any) -> None:
    reach = Area.objects.get(name="圩内中心渠新桥段")
    month_ago = demo_world.now - timedelta(days=30)
    assert not Verdict.objects.filter(area=reach, started_at__gte=month_ago).exists()
    assert Verdict.objects.filter(area=reach).exists()


def test_a_purge_leaves_nothing_that_is_simulated(in_demo: Any) -> None:
    counts = simulated_purge(by=system_actor("test"), at=in_demo.now)
    assert counts["patrols"] > 400
    for model in (*SIMULATED, WaterBody):
        assert not model._default_manager.filter(is_simulated=True).exists(), model
    assert WaterBody.objects.count() == 10
    assert not Policy.objects.filter(pack__startswith="demo-", until=None).exists()
