"""Keyset paging: stable while rows come in, honest about ties and directions, firm with edited addresses."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test import RequestFactory

from shanhe.faces.http.paging import next_address, page_asked, page_json, page_of
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.models import Organization, Person
from shanhe.kernel.errors import Refusal

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)


@pytest.fixture
def village(db):
    return Division.objects.create(code="650000000000", name="新疆", level="province", parent=None)


@pytest.fixture
def person(village):
    def add(name: str, minute: int = 0) -> Person:
        made = Person.objects.create(name=name, division=village)
        Person.objects.filter(pk=made.pk).update(created_at=NOON + timedelta(minutes=minute))
        return made

    return add


def walk(rows, order, size=2):
    """Every page from the first to the last."""
    after = None
    while True:
        page = page_of(rows, order=order, after=after, size=size)
        yield from page.items
        after = page.next
        if after is None:
            return


def test_pages_together_give_every_row_once_in_order(person):
    for minute in range(7):
        person("甲", minute)
    newest_first = list(Person.objects.order_by("-created_at", "-pk"))
    assert list(walk(Person.objects.all(), ("-created_at",))) == newest_first


def test_rows_with_equal_keys_are_told_apart_by_their_primary_key(person):
    for _ in range(5):
        person("同名")
    assert [p.pk for p in walk(Person.objects.all(), ("name",))] == sorted(
        Person.objects.values_list("pk", flat=True)
    )


def test_ascending_and_descending_keys_may_be_mixed(person):
    for name, minute in (("乙", 1), ("甲", 2), ("甲", 1), ("乙", 3), ("甲", 1)):
        person(name, minute)
    for order in (("name", "-created_at"), ("-name", "created_at"), ("-name", "-created_at", "pk")):
        whole = list(Person.objects.order_by(*order, "-pk" if order[-1] == "-created_at" else "pk"))
        assert list(walk(Person.objects.all(), order)) == whole


def test_a_row_that_comes_in_meanwhile_neither_repeats_nor_hides_another(person):
    old = [person("甲", minute) for minute in range(4)]
    first = page_of(Person.objects.all(), order=("-created_at",), size=2)
    person("新来", 99)
    second = page_of(Person.objects.all(), order=("-created_at",), after=first.next, size=2)
    assert [p.pk for p in first.items + second.items] == [p.pk for p in reversed(old)]


def test_the_row_the_cursor_stood_on_may_be_gone(person):
    old = [person("甲", minute) for minute in range(4)]
    first = page_of(Person.objects.all(), order=("created_at",), size=2)
    old[1].delete()
    assert page_of(Person.objects.all(), order=("created_at",), after=first.next).items == old[2:]


def test_the_last_page_has_no_next_even_when_it_is_full(person):
    person("甲")
    person("乙")
    assert page_of(Person.objects.all(), order=("pk",), size=2).next is None


def test_an_empty_list_is_one_empty_page(db):
    assert page_of(Person.objects.all(), order=("name",)) == page_of(Person.objects.none(), order=("name",))


def test_paths_over_relations_and_annotations_are_keys_too(person, village):
    for n in range(5):
        person(f"甲{n % 2}", n)
    rows = Person.objects.select_related("division").annotate(shown=Concat(F("name"), Value("!")))
    for order in (("division__code", "-shown"), ("division_id", "shown"), ("division", "-created_at")):
        assert len({p.pk for p in walk(rows, order)}) == 5


def test_rows_from_values_can_be_paged(person):
    for n in range(3):
        person(f"甲{n}")
    rows = Person.objects.values("pk", "name")
    assert [row["name"] for row in walk(rows, ("-name",))] == ["甲2", "甲1", "甲0"]


def test_a_null_key_is_a_bug_of_the_caller(person):
    person("甲")
    person("乙")
    with pytest.raises(ValueError, match="NULL"):
        page_of(Person.objects.select_related("organization"), order=("organization_id",), size=1)


def test_a_page_costs_one_query(person, django_assert_num_queries):
    for n in range(5):
        person("甲", n)
    first = page_of(Person.objects.all(), order=("-created_at",), size=2)
    with django_assert_num_queries(1):
        page_of(Person.objects.all(), order=("-created_at",), after=first.next, size=2)


def forged(*values) -> str:
    return urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "河",
        "%%%",
        "bm9uc2Vuc2U",
        forged(),
        forged("-created_at,-pk"),
        forged("name,pk", "2026-05-01T00:00:00+00:00", 1),
        forged("-created_at,-pk", "yesterday", 1),
        forged("-created_at,-pk", "2026-05-01T00:00:00", 1),
        forged("-created_at,-pk", None, 1),
        forged("-created_at,-pk", "2026-05-01T00:00:00+00:00", "one"),
        forged("-created_at,-pk", "2026-05-01T00:00:00+00:00", 10**30),
        forged("-created_at,-pk", "2026-05-01T00:00:00+00:00", True),
        forged("-created_at,-pk", {"a": 1}, 1),
        forged("-created_at,-pk", 12, 1),
        urlsafe_b64encode(b'["-created_at,-pk", NaN, 1]').decode(),
        "W" * 100_000,
        urlsafe_b64encode(b"[" * 50_000).decode(),
    ],
)
def test_a_cursor_that_was_not_made_here_is_refused_by_name(db, cursor):
    with pytest.raises(Refusal) as refused:
        page_of(Person.objects.all(), order=("-created_at",), after=cursor)
    assert refused.value.code == "page.cursor"
    assert refused.value.status == 422
    assert set(refused.value.fields) == {"after"}


def test_text_no_database_keeps_is_refused_in_a_cursor(db):
    with pytest.raises(Refusal):
        page_of(Person.objects.all(), order=("name",), after=forged("name,pk", "a\x00b", 1))


def test_a_cursor_of_another_list_is_refused(person):
    person("甲")
    person("乙")
    by_name = page_of(Person.objects.all(), order=("name",), size=1)
    with pytest.raises(Refusal):
        page_of(Person.objects.all(), order=("-name",), after=by_name.next)


def test_a_cursor_holds_the_last_rows_keys_and_nothing_else(person):
    person("甲")
    person("乙")
    page = page_of(Person.objects.all(), order=("-pk",), size=1)
    assert json.loads(urlsafe_b64decode(page.next + "==")) == ["-pk", page.items[0].pk]


@pytest.mark.parametrize("size", ["0", "501", "-1", "ten", "1e3", "٣", "9" * 40])
def test_a_page_size_outside_its_bounds_is_refused(size):
    with pytest.raises(Refusal) as refused:
        page_asked({"limit": size})
    assert "limit" in refused.value.fields


def test_what_a_query_string_asks_for(rf: RequestFactory):
    assert page_asked({}) == (None, 50)
    assert page_asked({"limit": "7", "after": "abc"}) == ("abc", 7)


def test_the_next_address_keeps_the_filters(person, rf: RequestFactory):
    for n in range(3):
        person(f"甲{n}")
    request = rf.get("/api/v1/people", {"division": "65", "after": "old"})
    page = page_of(Person.objects.all(), order=("pk",), size=2)
    assert next_address(request, page) == f"http://testserver/api/v1/people?division=65&after={page.next}"
    shown = page_json(request, page, lambda p: p.name)
    assert shown["items"] == ["甲0", "甲1"]
    assert shown["next"].endswith(page.next)
    last = page_of(Person.objects.all(), order=("pk",), after=page.next, size=2)
    assert page_json(request, last, lambda p: p.name) == {"items": ["甲2"], "next": None}


def test_organizations_page_by_their_own_order_too(village):
    for n in range(3):
        Organization.objects.create(code=f"o{n}", name="单位", kind="government", division=village)
    assert [o.code for o in walk(Organization.objects.all(), ("division", "-code"))] == ["o2", "o1", "o0"]
