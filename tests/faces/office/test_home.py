"""The first page: what each role answers for, what waits, and four steps for newcomers."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from shanhe.evidence.patrols.models import LastVisit, Verdict

HOME = "/office/"


@pytest.fixture
def page(make):
    """The home page of somebody, in English so that sentences can be read."""

    def page(user, **query) -> str:
        answer = make.client(user).get(HOME, query, headers={"Accept-Language": "en"})
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", answer.content.decode())

    return page


@pytest.fixture
def visited(make):
    def visited(days_ago: int | None, area=None, **fields):
        area = area or make.reach(**fields)
        if days_ago is not None:
            at = make.now - timedelta(days=days_ago)
            LastVisit.objects.create(area=area, counted_at=at, any_at=at, outcome="valid")
        return area

    return visited


def figure(page: str, label: str) -> int:
    """The number under a label."""
    return int(re.search(rf"{label}</span><span class=\"sh-number\">(\d+)", page)[1])


def test_a_village_chief_sees_own_areas_large_with_days_left(make, page, visited):
    make.policy("patrol.unvisited_days", 10)
    reach = visited(3, name="杨墩段")
    wood = make.forest_unit(name="杨墩网格")  # of the forest system, which this chief has no post in
    shown = page(make.village_chief)
    card = shown.partition('class="sh-own"')[2].partition("</article>")[0]
    assert f'href="/office/areas/{reach.code}/"' in card
    for words in ("Visited in time", "7 days left", "3 days ago", "once in 10 days"):
        assert words in card
    assert wood.name not in shown.partition('class="sh-own"')[2].partition("</section>")[0]


def test_of_several_areas_the_most_urgent_stands_first(make, page, visited):
    make.policy("patrol.unvisited_days", 10)
    visited(1, name="甲段")
    visited(12, name="乙段")
    shown = page(make.village_chief)
    assert shown.index("乙段") < shown.index("甲段")
    assert "2 days late" in shown


def test_a_ranger_sees_the_units_named_in_the_appointment_alone(make, page):
    mine, other = make.forest_unit(name="我的网格"), make.forest_unit(name="别人的网格")
    ranger = make.keeper(mine, kind="ranger")
    shown = page(ranger)
    assert mine.code in shown
    assert other.code not in shown
    assert "/office/patrols/new/" in shown


def test_a_clerk_sees_counts_that_lead_to_their_lists(make, page, visited):
    make.policy("patrol.unvisited_days", 10)
    _keeper = make.village_chief
    visited(1)
    visited(20)
    visited(None)
    make.forest_unit(name="无人网格")
    shown = page(make.county_office)
    assert figure(shown, "Areas") == 4
    assert figure(shown, "Not visited in time") == 3
    assert figure(shown, "Without a keeper") == 1
    assert 'href="/office/areas/?state=overdue,never"' in shown
    assert 'href="/office/gaps/"' in shown
    gaps = shown.partition("Areas without a keeper</h2>")[2].partition("</section>")[0]
    assert "无人网格" in gaps
    assert "never had one" in gaps


def test_doubts_and_the_latest_patrols_lead_to_their_pages(make, page):
    area = make.reach(name="杨墩段")
    honest = make.patrol(area)
    driven = make.patrol(area, starts=make.now - timedelta(hours=6))
    Verdict.objects.filter(patrol=driven).update(outcome="doubtful")
    shown = page(make.county_office)
    doubts = shown.partition("Doubtful patrols</h2>")[2].partition("</section>")[0]
    latest = shown.partition("Latest patrols</h2>")[2].partition("</section>")[0]
    assert f"/office/patrols/{driven.pk}/" in doubts
    assert f"/office/patrols/{honest.pk}/" not in doubts
    assert f"/office/patrols/{honest.pk}/" in latest
    assert figure(shown, "Patrols in 30 days") == 2
    assert figure(shown, "Doubtful among them") == 1


def test_a_chief_sees_his_river_and_how_those_below_stand(make, page, visited):
    make.policy("patrol.unvisited_days", 10)
    river = make.reach(name="县级段", level="county", length_m=9_000)
    for name, days in (("甲段", 1), ("乙段", 20)):
        visited(days, name=name, parent=river)
    shown = page(make.keeper(river))
    card = shown.partition('class="sh-own"')[2].partition("</article>")[0]
    assert "县级段" in card
    for words in ("2 areas", "1 not visited in time", "2 without a keeper"):
        assert words in card
    assert figure(shown, "Areas") == 3


def test_places_are_compared_one_level_below_what_they_share(make, page, visited):
    make.policy("patrol.unvisited_days", 10)
    visited(1, division="341721102201")
    visited(20, division="341721100200")
    shown = page(make.county_office)
    table = shown.partition("Place by place</h2>")[2]
    assert re.findall(r'<a href="/office/areas/\?division=(\d+)">', table) == ["341721100000", "341721102000"]
    assert "division=341721100000&amp;state=overdue%2Cnever" in table


def test_a_member_unit_sees_figures_and_places_but_no_patrols(make, page, visited):
    area = visited(1)
    make.patrol(area)
    member = make.holder("member", "county", make.dongzhi, "member", system="both")
    shown = page(member)
    assert figure(shown, "Areas") == 1
    assert "Patrols in 30 days" not in shown
    assert "/office/patrols/1/" not in shown


def test_a_stranger_sees_nothing_of_it(make, page, visited):
    area = visited(20, name="杨墩段")
    make.patrol(area)
    shown = page(make.stranger)
    assert "杨墩段" not in shown
    assert "No rivers and woods yet" in shown


@pytest.mark.parametrize("who", ["administrator", "county_office", "village_chief", "stranger"])
def test_nobody_sees_an_empty_page_on_the_first_day(make, page, who):
    shown = page(getattr(make, who))
    assert "First steps</h2>" in shown
    steps = shown.partition("First steps</h2>")[2].partition("</ol>")[0]
    assert steps.count("<li>") == 4
    assert steps.count("<a ") >= 2


def test_an_account_without_a_post_is_told_whom_to_ask(make, page):
    shown = page(make.user(make.person(make.village)))
    assert "You hold no post today" in shown
    assert "Ask the chief's office" in shown.replace("&#x27;", "'")


def test_the_steps_are_put_away_and_come_back_when_asked_for(make, visited):
    visited(1)
    client = make.client(make.village_chief, headers={"Accept-Language": "en"})
    assert "First steps</h2>" in client.get(HOME).content.decode()
    assert client.post("/office/steps/")["Location"] == HOME
    assert "First steps</h2>" not in client.get(HOME).content.decode()
    assert "First steps</h2>" in client.get(HOME, {"steps": "1"}).content.decode()


def test_putting_them_away_takes_a_post(make):
    assert make.client(make.village_chief).get("/office/steps/").status_code == 405


def test_a_stranger_to_the_house_is_sent_to_sign_in(make):
    assert make.client().get(HOME)["Location"] == "/accounts/login/?next=/office/"


@pytest.mark.parametrize("who", ["administrator", "county_office", "village_chief"])
def test_the_number_of_queries_does_not_depend_on_what_is_shown(make, visited, who, query_count):
    make.policy("patrol.unvisited_days", 10)
    client = make.client(getattr(make, who))
    _office = make.county_office
    river = make.reach(level="township")
    for days in (1, 20):
        make.patrol(visited(days, parent=river))
    make.patrol(visited(20, division="341721100200"))
    make.forest_unit()
    Verdict.objects.filter(position=0).update(outcome="doubtful")
    client.get(HOME)
    few = query_count(lambda: client.get(HOME))
    for number in range(3):
        make.patrol(visited(20 + number, parent=river))
        make.forest_unit()
        make.patrol(visited(30, division="341721100200"))
    assert query_count(lambda: client.get(HOME)) == few
    assert few <= 45
