"""Patrols of a former system: with a track verified, without one kept and never counted by itself."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override

from shanhe.evidence.patrols.incoming import FormerPatrols
from shanhe.evidence.patrols.models import Outcome, Patrol, Verdict
from shanhe.evidence.patrols.services import patrol_reverify
from shanhe.evidence.patrols.words import flag_told
from shanhe.ground.audit.models import Event
from shanhe.ground.incoming.reading.options import Limits, Options
from shanhe.ground.incoming.reading.zips import read_zip
from shanhe.ground.incoming.tables import Row, Table
from shanhe.kernel.errors import Refusal
from shanhe.kernel.tracks.formats.gpx_writing import gpx_of

FIELDS = [field.name for field in FormerPatrols.fields]


@pytest.fixture
def village(make):
    """A reach whose chief has held it since 2025."""
    make.river = make.reach("白土河杨墩段")
    make.chief = make.keeper(make.river)
    return make


@pytest.fixture
def take(village):
    """Takes a table as the county's office; ``mapping`` is by the fields' own names."""

    def taken(table, *, mapping=None, by=None, write=True, good_rows=False, at=None):
        return FormerPatrols().take(
            table,
            mapping or {name: name for name in FIELDS if name in table.columns},
            by=village.actor(by or village.county_office),
            at=at or village.now,
            write=write,
            good_rows=good_rows,
        )

    return taken


def sheet(*rows):
    return Table(tuple(FIELDS), [Row(number, dict(row)) for number, row in enumerate(rows, 2)])


@pytest.fixture
def row(village):
    return {
        "person": village.chief.person.name,
        "area": "白土河杨墩段",
        "started": "2025-06-05 08:30",
        "ended": "2025-06-05 09:40",
        "distance": "2.3公里",
        "result": "正常",
        "note": "水面清洁",
    }


def faults(report):
    return [(fault.row, fault.field, str(fault.reason)) for fault in report.refused]


def archive(tmp_path, **members):
    path = tmp_path / "tracks.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, content in members.items():
            made.writestr(name, content)
    return read_zip(path, Options(), Limits())


def walks(village, number=1, **fields):
    starts = [datetime(2025, 6, 1, 1, tzinfo=UTC) + timedelta(days=7 * n) for n in range(number)]
    return [gpx_of(village.track(village.river, starts=each, **fields)) for each in starts]


# -- without a track ------------------------------------------------------------------------------------


def test_a_record_without_a_track_is_kept_as_what_it_is_and_does_not_count(village, take, row):
    report = take(sheet(row))
    assert report.counts == {"created": 1, "updated": 0, "unchanged": 0, "refused": 0}
    patrol = Patrol.objects.get()
    assert patrol.source == Patrol.Source.IMPORT
    assert patrol.person == village.chief.person
    assert (patrol.ended_at - patrol.started_at) == timedelta(minutes=70)
    assert patrol.started_at == datetime(2025, 6, 5, 0, 30, tzinfo=UTC)
    verdict = Verdict.objects.get()
    assert (verdict.outcome, verdict.counts) == (Outcome.INVALID, False)
    with override("en"):
        said = [flag_told(flag).sentence for flag in verdict.flags]
    assert "There is no track: where it went cannot be verified." in said


def test_a_policy_may_let_such_records_count(village, take, row):
    village.policy("patrol.untracked_counts", True)
    take(sheet(row))
    verdict = Verdict.objects.get()
    assert (verdict.outcome, verdict.counts) == (Outcome.INVALID, True)


def test_judged_again_it_is_what_it_was(village, take, row):
    village.policy("patrol.untracked_counts", True)
    take(sheet(row))
    [again] = patrol_reverify(
        patrol=Patrol.objects.get(), by=village.actor(village.county_office), at=village.now
    )
    assert (again.outcome, again.counts) == (Outcome.INVALID, True)


def test_it_is_not_called_late_for_it_came_in_to_another_system(take, row):
    take(sheet(row))
    assert not Patrol.objects.get().is_late


def test_the_preview_remarks_that_it_cannot_be_verified(take, row):
    [note] = take(sheet(row), write=False).notes
    assert str(note.reason) == "Without a track it cannot be verified and does not count by itself."


def test_a_second_time_changes_nothing_whoever_brings_it(village, take, row):
    take(sheet(row))
    events = Event.objects.count()
    other = village.holder("clerk", "county", village.dongzhi, "other-clerk")
    events = Event.objects.count()
    report = take(sheet(row), by=other)
    assert report.counts["unchanged"] == 1
    assert Event.objects.count() == events


def test_a_dry_run_writes_nothing(take, row):
    assert take(sheet(row), write=False).counts["created"] == 1
    assert not Patrol.objects.exists()


def test_other_words_about_a_patrol_that_is_there_are_refused(take, row):
    take(sheet(row))
    assert faults(take(sheet({**row, "note": "有垃圾"}))) == [
        (2, "note", "This patrol is there with other words; what is there is not overwritten.")
    ]


def test_the_same_record_twice_in_a_file_is_refused(take, row):
    assert faults(take(sheet(row, row))) == [(3, "", "The same record stands in row 2.")]


@pytest.mark.parametrize(
    ("cells", "started", "minutes"),
    [
        ({"started": "2025/6/5 8:30", "ended": "", "minutes": "70"}, "08:30", 70),
        ({"started": "8:30", "day": "2025年6月5日", "ended": "9时40分"}, "08:30", 70),
        ({"started": "2025-06-05T08:30:00", "ended": "", "minutes": "1小时10分钟"}, "08:30", 70),
        ({"started": "45813.354166667", "ended": "", "minutes": "1:10:00"}, "08:30", 70),
        ({"started": "", "day": "2025-06-05", "ended": ""}, "00:00", 0),
    ],
    ids=lambda value: str(value.get("started")) if isinstance(value, dict) else "",
)
def test_start_and_end_are_read_as_sheets_have_them(village, take, row, cells, started, minutes):
    assert faults(take(sheet({**row, **cells}))) == []
    patrol = Patrol.objects.get()
    local = patrol.started_at + timedelta(hours=8)
    assert local.date() == date(2025, 6, 5)
    assert local.strftime("%H:%M") == started
    assert (patrol.ended_at - patrol.started_at) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("cells", "field", "reason"),
    [
        ({"person": "无此人"}, "person", "Nobody called 无此人 is in the area your office manages."),
        ({"person": ""}, "person", "Say who went: name, telephone or account."),
        ({"area": ""}, "area", "Say which area: without a track nobody can tell."),
        ({"area": "白土河杨敦段"}, "area", "There is no area “白土河杨敦段”."),
        ({"started": ""}, "started", "Say when it began."),
        ({"started": "8:30", "ended": ""}, "started", "“8:30” is a time without a day."),
        ({"ended": "2025-06-05 07:00"}, "ended", "Lies before the start."),
        ({"distance": "很远"}, "distance", "“很远” is no distance."),
        ({"minutes": "一会儿", "ended": ""}, "minutes", "“一会儿” is no duration; write minutes."),
    ],
    ids=lambda value: "/".join(value.values()) if isinstance(value, dict) else "",
)
def test_what_cannot_be_understood_is_said_in_the_field(take, row, cells, field, reason):
    assert faults(take(sheet({**row, **cells}))) == [(2, field, reason)]


def test_who_did_not_answer_for_the_area_that_day_is_refused_with_the_days(take, row):
    [(number, field, reason)] = faults(take(sheet({**row, "started": "2024-06-05 08:30", "ended": ""})))
    assert (number, field) == (2, "area")
    assert "begins on 2025-01-01" in reason


def test_people_of_one_name_are_told_apart_by_account_or_number(village, take, row):
    name = village.chief.person.name
    village.person(name=name, phone="13900000009")
    assert "2 people are called" in faults(take(sheet(row)))[0][2]
    assert faults(take(sheet({**row, "username": village.chief.username}))) == []


def test_the_good_rows_are_taken_when_they_are_asked_for(take, row):
    report = take(sheet(row, {**row, "person": "无此人"}), good_rows=True)
    assert report.counts == {"created": 1, "updated": 0, "unchanged": 0, "refused": 1}


def test_one_faulty_row_keeps_all_out_otherwise(take, row):
    take(sheet(row, {**row, "person": "无此人"}))
    assert not Patrol.objects.exists()


def test_the_stranger_finds_nobody_of_ours(village, take, row):
    report = take(sheet(row), by=village.stranger)
    assert {fault.field for fault in report.refused} == {"person", "area"}


# -- with tracks ----------------------------------------------------------------------------------------


def test_gpx_files_with_a_list_are_verified(village, take, tmp_path):
    first, second = walks(village, 2)
    name = village.chief.person.name
    listed = f"file,person,area,note\r\na.gpx,{name},白土河杨墩段,水清\r\n2/b.gpx,{name},白土河杨墩段,\r\n"
    table = archive(tmp_path, **{"list.csv": listed.encode("gb18030"), "1/a.gpx": first, "2/b.gpx": second})
    report = take(table, mapping={"person": "person", "area": "area", "note": "note"})
    assert faults(report) == []
    assert report.counts["created"] == 2
    patrols = Patrol.objects.order_by("started_at")
    assert [patrol.outcome for patrol in patrols] == [Outcome.VALID, Outcome.VALID]
    assert patrols[0].note == "水清"
    assert all(Verdict.objects.values_list("counts", flat=True))


def test_without_a_list_the_name_stands_in_the_path_and_the_area_is_the_one_that_was_walked(
    village, take, tmp_path
):
    [track] = walks(village)
    table = archive(tmp_path, **{f"{village.chief.person.name}/20250601.gpx": track})
    report = take(table, mapping={})
    assert faults(report) == []
    assert Verdict.objects.get().area == village.river
    assert take(table, mapping={}).counts["unchanged"] == 1


def test_a_track_that_was_nowhere_near_is_refused_by_its_row(village, take, tmp_path):
    elsewhere = village.reach("远处河段", at=(117.4, 30.1))
    track = gpx_of(village.track(elsewhere, starts=datetime(2025, 6, 1, tzinfo=UTC)))
    table = archive(tmp_path, **{f"{village.chief.person.name}/a.gpx": track})
    [(number, field, _reason)] = faults(take(table, mapping={}, write=False))
    assert (number, field) == (1, "area")


def test_a_damaged_gpx_is_the_fault_of_its_row_alone(village, take, tmp_path):
    [track] = walks(village)
    name = village.chief.person.name
    table = archive(tmp_path, **{f"{name}/a.gpx": track, f"{name}/b.gpx": b"<gpx><trk>"})
    report = take(table, mapping={}, good_rows=True)
    assert report.counts == {"created": 1, "updated": 0, "unchanged": 0, "refused": 1}


def test_a_list_may_name_a_track_that_is_not_there(village, take, tmp_path):
    [track] = walks(village)
    listed = f"文件,姓名\nx.gpx,{village.chief.person.name}\na.gpx,{village.chief.person.name}\n".encode()
    table = archive(tmp_path, **{"清单.csv": listed, "a.gpx": track})
    assert faults(take(table, mapping={"person": "姓名"}, write=False)) == [
        (2, "", "The archive has no track x.gpx.")
    ]


def test_the_same_track_in_the_name_of_another_is_doubtful(village, take, tmp_path):
    [track] = walks(village)
    other = village.person(name="何其多")
    village.appointment(other, village.post("patroller", "village"), areas=[village.river])
    name = village.chief.person.name
    table = archive(tmp_path, **{f"{name}/a.gpx": track, "何其多/a.gpx": track})
    take(table, mapping={})
    assert sorted(Patrol.objects.values_list("outcome", flat=True)) == [Outcome.DOUBTFUL, Outcome.VALID]


def test_an_archive_without_tracks_is_no_archive_of_tracks(tmp_path):
    with pytest.raises(Refusal):
        archive(tmp_path, **{"readme.txt": b"nothing"})


def test_chinese_names_packed_by_windows_are_read(village, tmp_path):
    [track] = walks(village)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("WANG.gpx", track)
    name = "王伟".encode("gb18030")
    content = packed.getvalue().replace(b"WANG", name)
    path = tmp_path / "windows.zip"
    path.write_bytes(content)
    table = read_zip(path, Options(), Limits())
    assert table.rows[0].text("文件") == "王伟.gpx"


def test_a_year_of_a_village_is_planned_without_a_query_for_each(village, take, tmp_path, query_count):
    name = village.chief.person.name
    few = archive(tmp_path, **{f"{name}/{n}.gpx": each for n, each in enumerate(walks(village, 2))})
    many = archive(tmp_path, **{f"{name}/{n}.gpx": each for n, each in enumerate(walks(village, 8))})
    base = query_count(lambda: take(few, mapping={}, write=False))
    # One for who sends on whose account, and those for the areas passed on that day.
    assert query_count(lambda: take(many, mapping={}, write=False)) <= base + 6 * 7
