"""A file that is brought: received, read, matched, taken in; by whom, in which order, and what is left."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import override_settings
from shapely.geometry import box

from make.files import shapefile, sheet
from shanhe.ground.audit.models import Event
from shanhe.ground.incoming import room
from shanhe.ground.incoming.models import Incoming
from shanhe.ground.incoming.previewing import places_of
from shanhe.ground.incoming.queries import incoming_of
from shanhe.ground.incoming.services import (
    incoming_match,
    incoming_read,
    incoming_receive,
    incoming_take,
    incoming_withdraw,
    incomings_sweep,
)
from shanhe.ground.jobs.services import job_run
from shanhe.ground.registry.models import Area, Facility
from shanhe.kernel.errors import Refusal

HEAD = ["名称", "行政区划", "经度", "纬度", "排污方式"]
GOOD = ["一号口", "341721102201", 117.02, 30.4, "连续"]


@pytest.fixture(autouse=True)
def own_room(tmp_path):
    with override_settings(DATA_DIR=tmp_path):
        yield tmp_path


@pytest.fixture
def office(make):
    make.village  # noqa: B018
    return make.actor(make.county_office)


@pytest.fixture
def bring(make, office):
    """Bring a workbook of outfalls (or another file) and read it."""

    def brought(
        *rows, kind: str = "outfall", name: str = "口.xlsx", content: bytes = b"", by=None
    ) -> Incoming:
        content = content or sheet([HEAD, *rows])
        by = by or office
        incoming = incoming_receive(kind=kind, name=name, pieces=[content], by=by, at=make.now)
        return incoming_read(incoming=incoming, by=by, at=make.now)

    return brought


@pytest.fixture
def match(make, office):
    def matched(incoming: Incoming, **changes):
        return incoming_match(
            incoming=incoming, mapping=incoming.mapping | changes, by=office, at=make.now
        ).counts

    return matched


@pytest.fixture
def take(make, office):
    def taken(incoming: Incoming, *, good_rows: bool = False) -> Incoming:
        job = incoming_take(incoming=incoming, good_rows=good_rows, by=office, at=make.now)
        job_run(job_id=job.pk, now=lambda: make.now)
        return Incoming.objects.select_related("job").get(pk=incoming.pk)

    return taken


def counts(created=0, updated=0, unchanged=0, refused=0):
    return {"created": created, "updated": updated, "unchanged": unchanged, "refused": refused}


def test_a_sheet_is_received_read_matched_and_taken_in(bring, match, take):
    incoming = bring(GOOD)
    assert incoming.mapping == {"name": "名称", "division": "行政区划", "lon": "经度", "lat": "纬度"}
    assert match(incoming) == counts(created=1)
    assert not Facility.objects.exists()
    done = take(incoming)
    assert (done.state, done.report["counts"]) == ("taken", counts(created=1))
    facility = Facility.objects.get()
    assert (facility.name, facility.facts) == ("一号口", {"排污方式": "连续"})
    assert facility.shapes.get().min_lon == 117.02


def test_every_step_stands_on_the_ledger_without_names(bring, match, take):
    take_in = bring(GOOD)
    match(take_in)
    take(take_in)
    actions = list(Event.objects.filter(action__startswith="incoming.").values_list("action", flat=True))
    steps = ("receive", "read", "match", "take", "finish")
    assert [action for action in actions if action] == [f"incoming.{step}" for step in steps]


def test_the_same_file_again_changes_nothing(bring, match, take):
    first = bring(GOOD)
    match(first)
    take(first)
    again = bring(GOOD)
    assert match(again) == counts(unchanged=1)
    with pytest.raises(Refusal, match="nothing to take in"):
        take(again)


def test_a_changed_row_is_told_before_it_is_written(bring, match, take):
    first = bring(GOOD)
    match(first)
    take(first)
    again = bring([*GOOD[:4], "间歇"])
    assert match(again) == counts(updated=1)
    assert Facility.objects.get().facts == {"排污方式": "连续"}
    take(again)
    assert Facility.objects.get().facts == {"排污方式": "间歇"}


def test_one_faulty_row_refuses_all_unless_the_good_ones_are_asked_for(bring, match, take):
    incoming = bring(GOOD, ["二号口", "341721999999", 117, 30, ""], ["三号口", "341721102201", "x", 30, ""])
    assert match(incoming) == counts(created=1, refused=2)
    told = [(fault[0], fault[1]) for fault in incoming.report["refused"]]
    assert told == [(3, "division"), (4, "lon")]
    assert incoming.report["given"] == ["341721999999", "x"]
    with pytest.raises(Refusal, match="2 rows are faulty"):
        take(incoming)
    assert take(incoming, good_rows=True).report["counts"] == counts(created=1, refused=2)
    assert Facility.objects.count() == 1


def test_what_became_faulty_after_the_preview_is_not_written_and_the_preview_stands_again(
    make, bring, match, take
):
    incoming = bring([*GOOD])
    match(incoming)
    job = incoming_take(incoming=incoming, good_rows=False, by=make.actor(make.county_office), at=make.now)
    make.facility("一号口", kind="intake", code="K1")  # somebody else is quicker
    make.division("341721102201")
    Facility.objects.update(kind="outfall")
    from shanhe.ground.people.models import Appointment

    Appointment.objects.all().delete()  # and the office has lost its rights
    job = job_run(job_id=job.pk, now=lambda: make.now)
    incoming.refresh_from_db()
    assert (job.state, incoming.state) == ("failed", "matched")


def test_a_division_may_stand_by_name_where_only_one_is_called_so(bring, match):
    assert match(bring(["一号口", "杨墩村委会", 117.02, 30.4, ""])) == counts(created=1)
    full = bring(["一号口", "东至县大渡口镇杨墩村委会", 117.02, 30.4, ""])
    assert match(full) == counts(created=1)
    nowhere = bring(["一号口", "石台县杨墩村委会", 117.02, 30.4, ""])
    assert match(nowhere) == counts(refused=1)


def test_how_columns_were_matched_is_remembered_for_the_next_file(bring, match):
    incoming = bring(GOOD)
    match(incoming, name="排污方式")
    assert bring(GOOD).mapping["name"] == "排污方式"


def test_a_shapefile_in_gauss_krueger_becomes_areas(make, bring, match, take, own_room):
    grid = box(117.02, 30.4, 117.024, 30.404)
    columns = {"名称": ["一号网格"], "行政区划": ["341721102201"], "类型": ["林班"]}
    content = shapefile(own_room, [grid], columns, crs="EPSG:4524").read_bytes()
    incoming = bring(kind="forest-unit", name="网格.zip", content=content)
    assert incoming.found["crs"] == "EPSG:4524"
    assert match(incoming) == counts(created=1)
    (place,), there = places_of(incoming)
    assert (place["name"], place["did"], there) == ("一号网格", "create", 1)
    take(incoming)
    area = Area.objects.get()
    assert (area.forest_unit.kind, area.shapes.get().area_m2) == (
        "compartment",
        pytest.approx(170_400, rel=0.01),
    )


def test_a_file_that_cannot_be_read_ends_as_refused_and_its_bytes_are_gone(
    make, bring, django_capture_on_commit_callbacks
):
    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(Refusal, match="damaged"),
    ):
        bring(content=b"PK\x03\x04 no workbook")
    incoming = Incoming.objects.get()
    assert (incoming.state, incoming.report["code"]) == ("refused", "incoming.broken")
    assert not room.source(incoming.uuid).exists()


def test_coordinates_are_asked_for_where_the_file_does_not_say_them(make, bring, office, own_room):
    content = shapefile(
        own_room, [box(108, 30, 108.1, 30.1)], {"名称": ["一"]}, parts=(".shp", ".dbf", ".shx")
    )
    with pytest.raises(Refusal, match="EPSG:4524"):
        bring(kind="forest-unit", name="网格.zip", content=content.read_bytes())
    incoming = Incoming.objects.get()
    assert (incoming.state, incoming.found) == ("received", {"crs_like": "EPSG:4524"})
    incoming_read(incoming=incoming, crs="4524", by=office, at=make.now)
    assert (incoming.state, incoming.crs) == ("read", "EPSG:4524")


def test_nobody_brings_what_they_may_not_and_nobody_sees_the_files_of_others(make, bring):
    chief = make.actor(make.village_chief)
    with pytest.raises(Refusal, match="Only the office"):
        bring(GOOD, by=chief)
    incoming = bring(GOOD)
    assert incoming_of(make.scope(make.county_office), incoming.uuid) == incoming
    assert incoming_of(make.scope(make.administrator), incoming.uuid) == incoming
    assert incoming_of(make.scope(make.stranger), incoming.uuid) is None
    with pytest.raises(Refusal, match="Somebody else"):
        incoming_match(incoming=incoming, mapping={}, by=make.actor(make.stranger), at=make.now)


def test_rows_outside_ones_ground_are_faulty(make, bring):
    stranger = make.actor(make.stranger)
    incoming = bring(GOOD, by=stranger)
    report = incoming_match(incoming=incoming, mapping=incoming.mapping, by=stranger, at=make.now)
    assert [fault.code for fault in report.refused] == ["registry.not_yours"]


def test_steps_come_in_their_order(make, bring, office, match):
    incoming = bring(GOOD)
    with pytest.raises(Refusal, match="present state"):
        incoming_take(incoming=incoming, good_rows=False, by=office, at=make.now)
    stale = Incoming.objects.get(pk=incoming.pk)
    match(incoming)
    with pytest.raises(Refusal, match="gone on with this file"):
        incoming_withdraw(incoming=stale, by=office, at=make.now)


def test_what_is_withdrawn_or_a_month_old_is_deleted(make, bring, office, django_capture_on_commit_callbacks):
    withdrawn, old = bring(GOOD), bring(GOOD)
    with django_capture_on_commit_callbacks(execute=True):
        incoming_withdraw(incoming=withdrawn, by=office, at=make.now)
    assert not room.source(withdrawn.uuid).exists()
    later = make.now + timedelta(days=31)
    with django_capture_on_commit_callbacks(execute=True):
        assert incomings_sweep(before=later - timedelta(days=30), by=None, at=later) == 2
    assert not room.source(old.uuid).exists()
    assert not Incoming.objects.exists()


def test_a_name_is_kept_without_its_folders(bring):
    assert bring(GOOD, name="C:\\资料\\口.xlsx").name == "口.xlsx"
    assert isinstance(Incoming.objects.get().uuid, UUID)


def test_what_the_file_lacks_may_be_said_of_all_its_rows(bring, match, take):
    incoming = bring(content=sheet([["名称"], ["一号口"], ["二号口"]]))
    assert match(incoming) == counts(refused=2)
    assert match(incoming, division="=杨墩村委会") == counts(created=2)
    take(incoming)
    assert {facility.division_id for facility in Facility.objects.all()} == {"341721102201"}
    assert Facility.objects.first().facts == {}
