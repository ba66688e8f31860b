"""Setting up a place: steps that know what is there, left at any point and continued."""

from __future__ import annotations

import pytest

from shanhe.ground.audit.models import Event
from shanhe.ground.people.catalogue import posts
from shanhe.ground.people.models import Post
from shanhe.ground.policies.models import Policy

START = "/office/start/"


@pytest.fixture
def office(make):
    Post.objects.bulk_create(Post(**each) for each in posts())
    return make.client(make.county_office, headers={"accept-language": "en"})


@pytest.fixture
def admin(make):
    make.village  # noqa: B018 (the places appear)
    return make.client(make.administrator, headers={"accept-language": "en"})


def text_of(answer) -> str:
    return answer.content.decode()


def states(page: str) -> dict[str, str]:
    """Of each step, by its key."""
    parts = page.split('id="step-')[1:]
    return {part.split('"')[0]: part.split('data-state="')[1].split('"')[0] for part in parts}


def test_the_administrator_begins_by_choosing_a_place(admin):
    page = text_of(admin.get(START))
    assert states(page) == {
        "region": "next",
        "divisions": "ahead",
        "posts": "ahead",
        "rules": "ahead",
        "areas": "ahead",
        "people": "ahead",
    }


def test_a_place_is_found_by_name_code_or_pinyin_and_kept(admin, make):
    assert "东至县" in text_of(admin.get(f"{START}region/?q=东至"))
    assert "东至县" in text_of(admin.get(f"{START}region/?q=341721"))
    assert "石台县" not in text_of(admin.get(f"{START}region/?q=东至"))
    answer = admin.post(f"{START}region/", {"place": "341721000000"})
    assert answer.url == START
    page = text_of(admin.get(START))
    assert "东至县" in page
    assert states(page)["region"] == "done"


def test_the_office_of_one_place_need_not_choose(make, office):
    make.village  # noqa: B018
    page = text_of(office.get(START))
    assert "东至县" in page
    assert states(page)["region"] == "done"
    assert states(page)["divisions"] == "done"
    assert states(page)["rules"] == "next"


def test_each_step_is_done_by_what_is_there(make, office):
    make.village  # noqa: B018
    Policy.objects.create(key="patrol.partial_counts", value=False, since=make.today, source="测试")
    assert states(text_of(office.get(START)))["areas"] == "next"
    reach = make.reach()
    assert states(text_of(office.get(START)))["people"] == "next"
    make.appointment(make.person(), make.post(), areas=[reach])
    page = text_of(office.get(START))
    assert set(states(page).values()) == {"done"}
    assert "1 keeper has no account." in page
    assert "Every area has a keeper." in page


def test_the_steps_lead_to_the_pages_that_bring_files(office):
    page = text_of(office.get(START))
    for kind in ("divisions", "reach", "forest-unit", "people"):
        assert f"/office/import/new/?kind={kind}" in page


def test_rules_are_told_in_words_and_taken_over_for_the_place(make, office):
    page = text_of(office.get(f"{START}rules/"))
    assert "once a week" in page
    assert "2 times a month; each area" in page
    answer = office.post(f"{START}rules/", {"pack": "sixian-dinghu"})
    assert answer.url == f"{START}rules/"
    assert set(Policy.objects.values_list("division_id", flat=True)) == {make.dongzhi.code}
    events = Event.objects.count()
    office.post(f"{START}rules/", {"pack": "sixian-dinghu"})
    assert Event.objects.count() == events


@pytest.mark.parametrize("pack", ["", "demo-kashgar", "../../etc/passwd"])
def test_a_pack_that_is_not_offered_is_not_there(office, pack):
    assert office.post(f"{START}rules/", {"pack": pack}).status_code == 404


def test_posts_are_shown_by_level_and_get_a_local_name(make, office):
    page = text_of(office.get(f"{START}posts/"))
    assert "Village river chief" in page
    post = Post.objects.get(code="forest.village.chief")
    office.post(f"{START}posts/", {"post": post.pk, "name": "村级草长"})
    local = Post.objects.get(division=make.dongzhi)
    assert (local.name, local.kind, local.is_exclusive) == ("村级草长", "chief", True)
    again = office.post(f"{START}posts/", {"post": post.pk, "name": "村级林草长"})
    assert again.status_code == 409
    assert "村级林草长" in text_of(again)


def test_a_place_that_is_not_ones_own_cannot_be_chosen(make, office):
    make.shitai  # noqa: B018
    assert office.post(f"{START}region/", {"place": "341722000000"}).status_code == 404
    office.cookies["shanhe_start"] = "341722000000"
    assert "石台县" not in text_of(office.get(START))


def test_who_keeps_no_records_does_not_see_the_pages(make):
    chief = make.client(make.village_chief)
    for page in ("", "region/", "posts/", "rules/"):
        assert chief.get(START + page).status_code == 404


def test_without_a_place_the_other_pages_ask_for_one(admin):
    for page in ("posts/", "rules/"):
        answer = admin.get(START + page, follow=True)
        assert answer.redirect_chain == [(f"{START}region/", 302)]
        assert "Choose your place first." in text_of(answer)


def test_the_page_costs_the_same_for_one_area_as_for_twenty(make, office, query_count):
    make.reach()
    office.get(START)
    one = query_count(lambda: office.get(START))
    for _number in range(20):
        make.appointment(make.person(), make.post(), areas=[make.reach()])
    assert query_count(lambda: office.get(START)) <= one + 8  # what is missing is asked for once all is done


def test_looking_writes_nothing(office):
    events = Event.objects.count()
    for page in ("", "region/", "posts/", "rules/"):
        office.get(START + page)
    assert Event.objects.count() == events
