"""What clerks write into cells: days, telephone numbers, names, levels and posts."""

from __future__ import annotations

from datetime import date

import pytest

from shanhe.ground.incoming.staff.cells import Unfit, day_in, listed_in, name_in, phone_in
from shanhe.ground.incoming.staff.posts import level_in
from shanhe.ground.incoming.staff.units import kind_of_unit


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("2024-03-05", date(2024, 3, 5)),
        ("2024-03-05T00:00:00", date(2024, 3, 5)),
        ("2024/3/5", date(2024, 3, 5)),
        ("2024.3.5", date(2024, 3, 5)),
        ("2024年3月5日", date(2024, 3, 5)),
        ("2024 年 3 月 5 日", date(2024, 3, 5)),
        ("20240305", date(2024, 3, 5)),
        ("2024年3月", date(2024, 3, 1)),
        ("2024.3", date(2024, 3, 1)),
        ("２０２４．０３", date(2024, 3, 1)),
        ("2024年", date(2024, 1, 1)),
        ("45356", date(2024, 3, 5)),
        ("45356.0", date(2024, 3, 5)),
        ("", None),
        ("至今", None),
        ("—", None),
    ],
)
def test_a_day_is_read_as_people_and_excel_write_it(given, day):
    assert day_in(given) == day


@pytest.mark.parametrize("given", ["去年", "2024-13-01", "2024-02-30", "5.3.2024", "12"])
def test_what_is_no_day_is_refused_with_what_was_written(given):
    with pytest.raises(Unfit) as refused:
        day_in(given)
    assert given in str(refused.value.reason)


def test_names_and_numbers_lose_the_blanks_they_were_set_with():
    assert name_in(" 王　伟 ") == "王伟"
    assert name_in("Ali   Tursun") == "Ali Tursun"
    assert phone_in("139 0566 0001.0") == "13905660001"
    assert phone_in("0566—7012345") == "0566-7012345"


def test_several_areas_stand_in_one_cell():
    assert listed_in("一号、二号，三号\n四号;一号") == ["一号", "二号", "三号", "四号"]


@pytest.mark.parametrize(
    ("given", "level", "rest"),
    [
        ("村级河长", "village", "河长"),
        ("乡镇级", "township", ""),
        ("镇级总林长", "township", "总林长"),
        ("县级河长", "county", "河长"),
        ("区级", "county", ""),
        ("市级副总河长", "prefecture", "副总河长"),
        ("village", "village", ""),
        ("河长", "", "河长"),
    ],
)
def test_levels_are_called_as_sheets_call_them(given, level, rest):
    assert level_in(given) == (level, rest)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("大渡口镇河长办", "chiefs_office"),
        ("杨墩村委会", "village_committee"),
        ("大渡口镇人民政府", "government"),
        ("水利站党支部", "party_branch"),
        ("东至县水利局", "member_unit"),
    ],
)
def test_a_units_name_tells_its_kind(name, kind):
    assert kind_of_unit(name) == kind
