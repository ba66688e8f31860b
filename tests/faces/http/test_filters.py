"""Filters: read once, checked all at once, applied, described and sent as an address."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.http import QueryDict

from shanhe.faces.http import filters as f
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.models import Person
from shanhe.kernel.errors import Refusal

LEVELS = [("county", "县级"), ("village", "村级")]
FILTERS = f.Filters(
    f.Filter("q", "名称", f.code_or_name, lambda rows, v: rows.filter(name__contains=v)),
    f.Filter(
        "level", "层级", f.any_of(LEVELS), lambda rows, v: rows.filter(level__in=v), "choices", lambda: LEVELS
    ),
    f.Filter("n", "数", f.number(1, 9), lambda rows, v: rows),
    f.Filter("only", "仅", f.switch, lambda rows, v: rows),
    f.day_from("since", "自", "created_at"),
    f.day_until("until", "至", "created_at"),
)


def test_what_is_set_is_applied_and_the_rest_left_alone():
    chosen = FILTERS.read({"level": "county,village", "q": " 渡口 "})
    assert chosen.values == {"level": ["county", "village"], "q": "渡口"}


def test_a_name_given_twice_is_a_list():
    chosen = FILTERS.read(QueryDict("level=county&level=village&level="))
    assert chosen.values["level"] == ["county", "village"]


def test_nothing_set_is_falsy_and_changes_nothing(db):
    chosen = FILTERS.read({})
    assert not chosen
    assert chosen.query_string() == ""
    assert str(chosen.apply(Person.objects.all()).query) == str(Person.objects.all().query)


def test_all_unfit_values_are_named_at_once():
    given = {
        "level": "moon",
        "n": "12",
        "only": "yes",
        "since": "1.5.2026",
        "q": "x" * 61,
        "until": "2026-02-30",
    }
    with pytest.raises(Refusal) as refused:
        FILTERS.read(given)
    assert set(refused.value.fields) == set(given)
    assert "county, village" in str(refused.value.fields["level"])
    assert "1 to 9" in str(refused.value.fields["n"])


@pytest.mark.parametrize(
    ("name", "value"),
    [("q", "a\x00b"), ("q", "x" * 500), ("n", "١"), ("n", ""), ("n", "9" * 50), ("since", "20260501")],
)
def test_values_no_row_can_have_are_refused_not_looked_for(name, value):
    if value == "":
        assert not FILTERS.read({name: value})
        return
    with pytest.raises(Refusal):
        FILTERS.read({name: value})


def test_the_state_is_an_address_that_reads_back_the_same():
    chosen = FILTERS.read({"until": "2026-05-31", "level": "county", "q": "大渡口"})
    again = FILTERS.read(QueryDict(chosen.query_string()))
    assert again.values == chosen.values
    assert chosen.query_string(level=None, after="abc") == (
        "q=%E5%A4%A7%E6%B8%A1%E5%8F%A3&until=2026-05-31&after=abc"
    )


def test_a_form_shows_every_filter_and_what_is_picked():
    shown = {each.name: each for each in FILTERS.read({"level": "village"}).shown()}
    assert shown["level"].options == [("county", "县级", False), ("village", "村级", True)]
    assert shown["level"].words == "村级"
    assert shown["q"].raw == ""


def test_set_filters_describe_themselves():
    chosen = FILTERS.read({"level": "village,county", "since": "2026-05-01"})
    assert chosen.described() == [("层级", "县级、村级"), ("自", "2026-05-01")]


def test_programs_hear_of_misspelt_filters_and_paging_is_none_of_them():
    assert FILTERS.read_strictly({"after": "x", "limit": "5", "n": "1"}).values == {"n": 1}
    with pytest.raises(Refusal) as refused:
        FILTERS.read_strictly({"divison": "34"})
    assert set(refused.value.fields) == {"divison"}


def test_days_are_the_offices_days(db):
    place = Division.objects.create(code="340000000000", name="安徽", level="province")
    for name, at in (
        ("前一日末", datetime(2026, 4, 30, 15, 59, tzinfo=UTC)),
        ("当日始", datetime(2026, 4, 30, 16, 0, tzinfo=UTC)),
        ("当日末", datetime(2026, 5, 1, 15, 59, tzinfo=UTC)),
        ("次日始", datetime(2026, 5, 1, 16, 0, tzinfo=UTC)),
    ):
        made = Person.objects.create(name=name, division=place)
        Person.objects.filter(pk=made.pk).update(created_at=at)
    chosen = FILTERS.read({"since": "2026-05-01", "until": "2026-05-01"})
    found = chosen.apply(Person.objects.order_by("pk")).values_list("name", flat=True)
    assert list(found) == ["当日始", "当日末"]


def test_two_filters_of_one_name_are_a_bug():
    with pytest.raises(ValueError, match="one name"):
        f.Filters(FILTERS.filters[0], FILTERS.filters[0])
