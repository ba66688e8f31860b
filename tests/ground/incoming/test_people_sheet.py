"""A sheet of people and appointments: rows are understood, faults named, a second time changes nothing."""

from __future__ import annotations

from datetime import date

import pytest

from shanhe.ground.audit.models import Event
from shanhe.ground.incoming.kinds_people import People
from shanhe.ground.incoming.tables import Row, Table
from shanhe.ground.people.catalogue import posts
from shanhe.ground.people.models import Appointment, Organization, Person, Post, User

FIELDS = [field.name for field in People.fields]


@pytest.fixture
def county(make):
    """东至县 with 大渡口镇 and two villages, the catalogue of posts, reaches at two levels."""
    for code in ("341721102201", "341721102202", "341721100200", "341722100200"):
        make.division(code)
    Post.objects.bulk_create(Post(**each) for each in posts())
    make.upper = make.reach("白土河大渡口段", level="township")
    make.lower = make.reach("白土河杨墩段", parent=make.upper)
    make.grid = make.forest_unit("杨墩网格1")
    return make


@pytest.fixture
def take(county):
    """Takes rows as the office of the county; row 2 is the first, the head is row 1."""

    def taken(*rows, by=None, write=True, good_rows=False):
        table = Table(
            tuple(FIELDS),
            [Row(number, dict(row)) for number, row in enumerate(rows, 2)],
        )
        return People().take(
            table,
            {name: name for name in FIELDS},
            by=county.actor(by or county.county_office),
            at=county.now,
            write=write,
            good_rows=good_rows,
        )

    return taken


CHIEF = {
    "name": "李 英",
    "unit": "杨墩村委会",
    "township": "大渡口镇",
    "village": "杨墩村",
    "post": "村党总支书记",
    "level": "村级河长",
    "over": "白土河杨墩段",
    "since": "2023年6月",
    "phone": "13900000001",
    "username": "是",
}


def faults(report):
    return [(fault.row, fault.field, str(fault.reason)) for fault in report.refused]


def test_a_row_registers_a_person_with_unit_post_area_and_account(county, take):
    report = take(CHIEF)
    assert not report.refused
    assert report.counts == {"created": 1, "updated": 0, "unchanged": 0, "refused": 0}
    appointment = Appointment.objects.get(person__name="李英")
    person = appointment.person
    assert (person.name, person.phone, person.division_id) == ("李英", "13900000001", county.village.code)
    assert person.organization.name == "杨墩村委会"
    assert person.organization.kind == Organization.Kind.VILLAGE_COMMITTEE
    assert appointment.post.code == "river.village.chief"
    assert [part.area for part in appointment.remit.parts.all()] == [county.lower]
    assert appointment.since == date(2023, 6, 1)
    assert person.user.username == "liying"
    assert not person.user.has_usable_password()


def test_what_the_row_brings_with_it_is_remarked(take):
    notes = [(note.field, str(note.reason)) for note in take(CHIEF, write=False).notes]
    assert ("unit", "Registers the unit 杨墩村委会.") in notes
    assert any(field == "post" and "村党总支书记" in text for field, text in notes)


def test_a_second_time_changes_nothing(take):
    rows = (
        CHIEF,
        {**CHIEF, "name": "张卫东", "phone": "", "level": "", "post": "护林员", "over": "杨墩网格1"},
    )
    take(*rows)
    events = Event.objects.count()
    report = take(*rows)
    assert report.counts == {"created": 0, "updated": 0, "unchanged": 2, "refused": 0}
    assert Event.objects.count() == events


def test_a_dry_run_says_the_same_and_writes_nothing(take, county):
    county.county_office  # noqa: B018 (appears before events are counted)
    events = Event.objects.count()
    report = take(CHIEF, write=False)
    assert report.counts["created"] == 1
    assert Event.objects.count() == events
    assert not Person.objects.filter(name="李英").exists()


def test_three_faults_are_named_by_row_field_and_reason_and_nothing_is_written(take):
    report = take(
        CHIEF,
        {**CHIEF, "name": "陈静", "phone": "13900000002", "over": "白土河杨敦段", "username": ""},
        {**CHIEF, "name": "何平", "phone": "139-电话", "username": "", "over": ""},
        {**CHIEF, "name": "吴敏", "phone": "", "username": "", "since": "前年", "over": "杨墩网格1"},
    )
    assert faults(report) == [
        (3, "over", "There is no area “白土河杨敦段” in 杨墩村委会; did you mean 白土河杨墩段?"),
        (4, "phone", "“139-电话” is no telephone number."),
        (5, "since", "“前年” is no day; write it like 2026-03-02."),
    ]
    assert not Person.objects.filter(name="李英").exists()


def test_the_good_rows_are_taken_when_they_are_asked_for(take):
    report = take(CHIEF, {**CHIEF, "name": "", "phone": ""}, good_rows=True)
    assert report.counts == {"created": 1, "updated": 0, "unchanged": 0, "refused": 1}
    assert Person.objects.filter(name="李英").exists()


def test_an_exclusive_post_that_is_held_is_refused_with_who_holds_it(county, take):
    county.appointment(
        county.person(name="赵志"), county.post(), areas=[county.lower], since=date(2022, 1, 1)
    )
    row, field, reason = faults(take(CHIEF))[0]
    assert (row, field) == (2, "name")
    assert reason == "赵志 holds this post from 2022-01-01 on; end that appointment first."


def test_two_rows_that_give_one_post_to_two_people_are_refused(take):
    report = take(CHIEF, {**CHIEF, "name": "吴敏", "phone": "13900000009", "username": ""})
    assert faults(report) == [(3, "name", "Row 2 gives this post to 李英 from 2023-06-01 on.")]


def test_who_left_makes_room_in_the_same_sheet(take):
    report = take(
        {**CHIEF, "since": "2020-01-01", "until": "2023-06-01"},
        {**CHIEF, "name": "吴敏", "phone": "13900000009", "username": "wumin"},
    )
    assert not report.refused
    assert Appointment.objects.filter(post__code="river.village.chief").count() == 2


def test_a_day_of_leaving_ends_the_appointment_that_is_there(take):
    take(CHIEF)
    report = take({**CHIEF, "until": "2026-02-01"})
    assert report.counts["updated"] == 1
    assert Appointment.objects.get(person__name="李英").until == date(2026, 2, 1)
    assert take({**CHIEF, "until": "2026-02-01"}).counts["unchanged"] == 1


def test_a_sheet_that_still_has_somebody_who_left_is_refused(take):
    take({**CHIEF, "until": "2026-02-01"})
    assert faults(take(CHIEF)) == [
        (2, "until", "This appointment ended on 2026-02-01; give the new one a day of its own.")
    ]


def test_another_telephone_is_mended_an_empty_cell_leaves_it(take):
    take(CHIEF)
    assert take({**CHIEF, "phone": "13900000008"}).counts["updated"] == 1
    assert take({**CHIEF, "phone": ""}).counts["unchanged"] == 1
    assert Person.objects.get(name="李英").phone == "13900000008"


def test_one_person_may_stand_in_several_rows(take):
    report = take(CHIEF, {**CHIEF, "post": "护林员", "level": "村级", "over": "杨墩网格1"})
    assert report.counts["created"] == 2, faults(report)
    assert Person.objects.filter(name="李英").count() == 1
    assert Appointment.objects.filter(person__name="李英").count() == 2


def test_two_people_of_one_name_are_told_apart_by_their_telephones(take):
    rows = (
        {**CHIEF, "post": "护林员", "level": "", "over": "", "username": ""},
        {**CHIEF, "post": "护林员", "level": "", "over": "", "username": "", "phone": "13900000002"},
    )
    take(*rows)
    assert Person.objects.filter(name="李英").count() == 2
    assert take(*rows).counts["unchanged"] == 2
    unsure = take({**rows[0], "phone": ""})
    assert faults(unsure)[0][1] == "name"
    assert "2 people in 杨墩村委会 are called 李英" in faults(unsure)[0][2]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"post": "村级河长"}, "river.village.chief"),
        ({"post": "河段长", "level": "村级"}, "river.village.chief"),
        ({"post": "river.village.chief"}, "river.village.chief"),
        ({"post": "林长", "level": "village"}, "forest.village.chief"),
        ({"post": "", "level": "村级", "over": "白土河杨墩段"}, "river.village.chief"),
        ({"post": "支书", "level": "村级", "over": "杨墩网格1"}, "forest.village.chief"),
        ({"post": "护林员（兼）"}, "forest.village.ranger"),
        ({"post": "镇级总河长", "village": ""}, "river.township.general_chief"),
        ({"post": "河长办主任", "village": "", "level": "镇级"}, "river.township.office_director"),
        ({"post": "巡河员"}, "river.village.patroller"),
        ({"post": "河长"}, "river.village.chief"),
        ({"post": "河长", "over": "白土河大渡口段"}, "river.township.chief"),
        ({"post": "联络员", "over": "白土河大渡口段", "village": ""}, "river.township.liaison"),
    ],
    ids=lambda value: "/".join(value.values()) if isinstance(value, dict) else "",
)
def test_a_post_is_known_by_name_code_or_level(take, cells, code):
    plain = {"name": "李英", "township": "大渡口镇", "village": "杨墩村", "since": "2024-01-01"}
    report = take({**plain, **cells})
    assert faults(report) == []
    assert Appointment.objects.get(person__name="李英").post.code == code


def test_a_local_name_is_known_where_it_holds(county, take):
    county.post("chief", "village", code="dkz-chief", name="村级山水长", division=county.dadukou)
    row = {
        "name": "李英",
        "township": "大渡口镇",
        "village": "杨墩村",
        "post": "村级山水长",
        "since": "2024-01-01",
    }
    assert not take(row).refused
    assert Appointment.objects.get(person__name="李英").post.code == "dkz-chief"


@pytest.mark.parametrize(
    ("cells", "field", "reason"),
    [
        ({"post": "村级合长"}, "post", "There is no post “村级合长”; did you mean 村级河长?"),
        (
            {"post": "支书", "level": "村级"},
            "post",
            "River or forest? Write 村级河长 or 村级林长.",
        ),
        ({"post": "河长", "level": "三级"}, "post", "“三级” is no level; write one of: 县级、乡镇级、村级."),
        ({"post": "", "over": "白土河杨墩段"}, "post", "Say which post, for example 村级河长."),
        ({"post": "村级总河长"}, "post", "There is no such post at this level."),
        ({"village": "杨敦村"}, "village", "There is no division 杨敦村 here; did you mean 杨墩村委会?"),
        ({"township": "仁里镇"}, "township", "There is no division 仁里镇 here."),
        ({"until": "2023-01-01"}, "until", "It has to be after 2024-01-01."),
        ({"username": "a b"}, "username", "A username has 1 to 60 letters, digits or the signs @ . + - _"),
        ({"username": "county-office"}, "username", "This username is taken."),
    ],
    ids=lambda value: "/".join(value.values()) if isinstance(value, dict) else "",
)
def test_what_cannot_be_understood_is_said_in_the_field(take, cells, field, reason):
    plain = {
        "name": "李英",
        "township": "大渡口镇",
        "village": "杨墩村",
        "post": "村级河长",
        "since": "2024-01-01",
    }
    assert faults(take({**plain, **cells})) == [(2, field, reason)]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"division": "341721102201"}, "341721102201"),
        ({"division": "大渡口镇杨墩村"}, "341721102201"),
        ({"division": "大渡口镇/大同村"}, "341721102202"),
        ({"unit": "大渡口镇人民政府"}, "341721102000"),
        ({"unit": "大渡口镇杨墩村委会"}, "341721102201"),
        ({"unit": "东至县水利局"}, "341721000000"),
        ({"over": "白土河杨墩段", "post": "村级河长"}, "341721102201"),
        ({}, "341721000000"),
    ],
    ids=lambda value: "/".join(value.values()) if isinstance(value, dict) else "",
)
def test_a_person_belongs_where_the_row_says_or_lets_see(take, cells, code):
    assert faults(take({"name": "李英", "since": "2024-01-01", **cells})) == []
    assert Person.objects.get(name="李英").division_id == code


def test_a_post_may_be_for_several_areas_or_divisions(county, take):
    second = county.reach("白土河大同段", division="341721102202", parent=county.upper)
    plain = {"name": "李英", "township": "大渡口镇", "since": "2024-01-01"}
    report = take(
        {**plain, "post": "镇级河长", "over": "白土河杨墩段、白土河大同段"},
        {**plain, "post": "镇级河长联络员", "over": "杨墩村、大同村"},
    )
    assert faults(report) == []
    areas, zone = Appointment.objects.filter(person__name="李英").order_by("pk")
    assert {part.area_id for part in areas.remit.parts.all()} == {county.lower.pk, second.pk}
    assert zone.remit.name == "杨墩村委会、大同村委会"
    again = take({**plain, "post": "镇级河长联络员", "over": "杨墩村、大同村"})
    assert again.counts["unchanged"] == 1


def test_without_a_day_the_post_begins_today_and_stays_so_tomorrow(county, take):
    row = {**CHIEF, "since": ""}
    report = take(row)
    assert Appointment.objects.get(person__name="李英").since == county.today
    assert ("since", "No day is given: in office from 2026-03-02 on.") in [
        (note.field, str(note.reason)) for note in report.notes
    ]
    assert take(row).counts["unchanged"] == 1


def test_a_unit_that_is_nearly_one_there_is_taken_for_a_misspelling(county, take):
    county.organization(county.dadukou, "member_unit", name="大渡口镇水利服务站")
    row = {"name": "李英", "township": "大渡口镇", "unit": "大渡口镇水力服务站"}
    assert faults(take(row)) == [
        (2, "unit", "There is no unit “大渡口镇水力服务站” in 大渡口镇; did you mean 大渡口镇水利服务站?")
    ]


def test_a_sentence_merged_over_a_row_and_empty_rows_are_left_out(take):
    sentence = dict.fromkeys(FIELDS, "注：本表由各镇填报")
    assert take({}, sentence, write=False).counts == {
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
    }


def test_the_stranger_from_the_next_county_finds_no_place_of_ours(county, take):
    report = take(CHIEF, by=county.stranger)
    assert {fault.field for fault in report.refused} >= {"village"}
    assert not Person.objects.filter(name="李英").exists()


def test_a_chief_who_keeps_no_records_may_not_bring_people(county):
    chief = county.scope(county.village_chief)
    assert not People().may(chief)
    assert People().may(county.scope(county.county_office))


def test_a_dry_run_asks_as_much_for_fifty_rows_as_for_one(county, take, query_count):
    county.county_office  # noqa: B018
    rows = [{**CHIEF, "name": f"李英{n}", "phone": "", "username": f"li{n}", "over": ""} for n in range(50)]
    rows = [{**row, "level": "", "post": "护林员"} for row in rows]
    one = query_count(lambda: take(rows[0], write=False))
    assert query_count(lambda: take(*rows, write=False)) <= one + 1


def test_an_account_is_left_alone_where_there_is_one(county, take):
    take(CHIEF)
    assert faults(take({**CHIEF, "username": "other"})) == [
        (2, "username", "Has the account liying already.")
    ]
    assert User.objects.filter(person__name="李英").count() == 1
