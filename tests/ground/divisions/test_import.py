"""What an import of divisions promises: all or nothing, faulty rows named, a second time nothing."""

from __future__ import annotations

import gzip
from datetime import date

import pytest

from shanhe.ground.audit.models import Event
from shanhe.ground.divisions.models import Division, DivisionName
from shanhe.ground.divisions.queries import name_on
from shanhe.ground.divisions.rows import DivisionRow, DivisionsRefused, read_csv
from shanhe.ground.divisions.services import divisions_import, level_of
from shanhe.kernel.errors import Refusal

ANHUI = "340000000000,安徽省,province,"
CHIZHOU = "341700000000,池州市,prefecture,340000000000"
DONGZHI = "341721000000,东至县,county,341700000000"
DADUKOU = "341721102000,大渡口镇,township,341721000000"
YANGDUN = "341721102201,杨墩村委会,village,341721102000"
ALL = (ANHUI, CHIZHOU, DONGZHI, DADUKOU, YANGDUN)


def rows_of(*lines: str) -> list[DivisionRow]:
    return read_csv("\n".join(["code,name,level,parent_code", *lines]).encode())


@pytest.fixture
def take(make):
    def take(*lines: str, **options: object):
        return divisions_import(rows=rows_of(*lines), by=None, at=make.now, **options)

    return take


def test_divisions_come_in_with_their_names_and_sounds(take):
    assert take(*ALL).created == 5
    dadukou = Division.objects.get(code="341721102000")
    assert (dadukou.name, dadukou.parent_id, dadukou.level) == ("大渡口镇", "341721000000", "township")
    assert (dadukou.initials, dadukou.pinyin) == ("ddkz", "dadukouzhen")
    assert DivisionName.objects.get(division=dadukou).since is None


def test_the_order_of_the_rows_does_not_matter(take):
    assert take(*reversed(ALL)).created == 5


def test_a_parent_may_be_known_from_earlier(take):
    take(ANHUI, CHIZHOU, DONGZHI)
    assert take(DADUKOU).created == 1


def test_a_second_time_changes_nothing_and_writes_no_event(take):
    take(*ALL)
    events = Event.objects.count()
    again = take(*ALL)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 5)
    assert Event.objects.count() == events


def test_an_import_writes_one_event_with_its_counts(take):
    take(*ALL)
    event = Event.objects.get()
    assert event.action == "divisions.import"
    assert event.data["created"] == 5


def test_a_changed_name_closes_the_old_one_and_opens_the_new_one(take):
    take(*ALL)
    changed = take("341721102000,大渡口新镇,township,341721000000", valid_from=date(2026, 1, 1))
    assert changed.renamed == 1
    division = Division.objects.get(code="341721102000")
    assert (division.name, division.initials) == ("大渡口新镇", "ddkxz")
    assert name_on(division, date(2025, 12, 31)) == "大渡口镇"
    assert name_on(division, date(2026, 1, 1)) == "大渡口新镇"
    assert list(division.names.order_by("pk").values_list("since", "until")) == [
        (None, date(2026, 1, 1)),
        (date(2026, 1, 1), None),
    ]


def test_a_name_changed_twice_on_a_day_leaves_one_new_name(take):
    take(*ALL)
    take("341721102000,大渡囗镇,township,341721000000", valid_from=date(2026, 1, 1))
    take("341721102000,渡口镇,township,341721000000", valid_from=date(2026, 1, 1))
    names = DivisionName.objects.filter(division="341721102000").order_by("pk")
    assert list(names.values_list("name", flat=True)) == ["大渡口镇", "渡口镇"]


def test_a_name_cannot_change_before_the_present_one_began(take):
    take(*ALL)
    take("341721102000,渡口镇,township,341721000000", valid_from=date(2026, 1, 1))
    with pytest.raises(DivisionsRefused) as refused:
        take("341721102000,大渡镇,township,341721000000", valid_from=date(2025, 6, 1))
    assert refused.value.rows[0].field == "name"


def test_a_village_can_move_to_another_township_only_with_a_code_of_it(take):
    take(*ALL, "341721103000,胜利镇,township,341721000000")
    with pytest.raises(DivisionsRefused):
        take("341721102201,杨墩村委会,village,341721103000")
    assert Division.objects.get(code="341721102201").parent_id == "341721102000"


def test_townships_may_hang_on_a_prefecture_without_counties(take):
    done = take(
        "440000000000,广东省,province,",
        "441900000000,东莞市,prefecture,440000000000",
        "441900003000,东城街道,township,441900000000",
    )
    assert done.created == 3


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("341721199201,无镇村,village,341721199000", "parent_code"),  # parent missing
        ("341721103201,某村,village,", "parent_code"),  # no parent given
        ("341721103201,某村,village,341721102000", "parent_code"),  # not under its parent
        ("341721102201,杨墩,village,341721102000", "code"),  # twice in the file
        ("341721103000,某镇,village,341721000000", "level"),  # a township's code
        ("341721103000,某镇,town,341721000000", "level"),  # no such level
        ("34172110300,某镇,township,341721000000", "code"),  # 11 digits
        ("34172110三000,某镇,township,341721000000", "code"),
        ("041721103000,某镇,township,341721000000", "code"),
        ("341721103000,,township,341721000000", "name"),
        ("341721103000," + "镇" * 81 + ",township,341721000000", "name"),
        ("350000000000,福建省,province,340000000000", "parent_code"),  # a province with a parent
        ("341721103000,某镇,township,341721102000", "parent_code"),  # parent of its own level
    ],
)
def test_a_faulty_row_is_named_and_keeps_the_whole_file_out(take, line, field):
    with pytest.raises(DivisionsRefused) as refused:
        take(*ALL, line)
    (row,) = refused.value.rows
    assert (row.row, row.field) == (7, field)
    assert str(row.reason)
    assert not Division.objects.exists()
    assert not Event.objects.exists()


def test_all_faulty_rows_are_named_and_the_sentence_names_five(take):
    with pytest.raises(DivisionsRefused) as refused:
        take(*(f"{number:012},村,village,341721102000" for number in range(20)))
    assert len(refused.value.rows) == 20
    assert len(refused.value.fields) == 5


def test_an_import_costs_as_many_queries_for_fifty_rows_as_for_one(take, query_count):
    def village(number: int) -> str:
        return f"341721102{number:03},{number}村,village,341721102000"

    take(*ALL)
    one = query_count(lambda: take(village(900)))
    assert query_count(lambda: take(*(village(number) for number in range(300, 350)))) == one <= 10


# -- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "code,name,level,parent_code\n340000000000,安徽省,province,\n".encode(),
        "code,name,level,parent_code\r\n340000000000,安徽省,province,\r\n".encode("utf-8-sig"),
        "code,name,level,parent_code\r\n340000000000,安徽省,province,\r\n".encode("gbk"),
        "name,code,note,parent_code,level\n\n安徽省, 340000000000 ,x,,province\n,,,,\n".encode(),
        gzip.compress("code,name,level,parent_code\n340000000000,安徽省,province,\n".encode(), mtime=0),
    ],
    ids=["plain", "BOM and Windows line ends", "GBK", "columns in another order, empty lines", "gzip"],
)
def test_files_are_read_as_offices_save_them(content):
    (row,) = read_csv(content)
    assert (row.code, row.name, row.level, row.parent_code) == ("340000000000", "安徽省", "province", "")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "divisions.columns"),
        (b"code,name\n1,2\n", "divisions.columns"),
        (b"code,name,level,parent_code\n", "divisions.empty"),
        (b"\x1f\x8bnot gzip", "file.unreadable"),
        (gzip.compress(b"code,name,level,parent_code\n" * 100, mtime=0)[:-20], "file.unreadable"),
        (gzip.compress(b"0" * 60_000_000, mtime=0), "file.too_large"),
        (b"\xff\xfe\xff", "file.encoding"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\xff\xff\xff", "file.encoding"),
    ],
)
def test_a_file_that_is_no_list_of_divisions_gets_a_clear_answer(content, code):
    with pytest.raises(Refusal) as refused:
        read_csv(content)
    assert refused.value.code == code


def test_rows_are_numbered_as_a_spreadsheet_counts_them():
    assert [row.number for row in rows_of(ANHUI, CHIZHOU)] == [2, 3]


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("340000000000", "province"),
        ("341700000000", "prefecture"),
        ("341721000000", "county"),
        ("441900003000", "township"),
        ("341721102201", "village"),
        ("341721000201", "village"),
    ],
)
def test_the_level_of_a_code_is_its_last_group_of_digits(code, level):
    assert level_of(code) == level
