"""One search box: areas, waters, divisions and people of one's scope."""

from __future__ import annotations

import pytest

from shanhe.ground.people.services import person_register

SEARCH = "/office/search/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def reach(make):
    return make.reach(name="杨墩大堤段", water=make.water("杨墩河", division="341721102000"))


@pytest.fixture
def found(make):
    """What the box finds for somebody: the fragment that htmx gets."""

    def found(text: str, user=None) -> str:
        client = make.client(user or make.county_office)
        answer = client.get(SEARCH, {"q": text}, headers=HTMX)
        assert answer.status_code == 200
        return answer.content.decode()

    return found


@pytest.mark.parametrize("text", ["杨墩大堤段", "大堤", "yddd", "ydddd", "yangdundadi", "Yang Dun Da Di"])
def test_an_area_is_found_by_name_initials_and_pinyin(reach, found, text):
    assert f'href="/office/areas/{reach.code}/"' in found(text)


def test_an_area_is_found_by_the_beginning_of_its_code(reach, found):
    assert f'href="/office/areas/{reach.code}/"' in found(reach.code[:-1])


def test_a_river_leads_to_its_reaches(reach, found):
    assert f'href="/office/areas/?water={reach.reach.water.code}"' in found("杨墩河")


def test_a_division_is_found_in_ones_own_ground_only(make, found):
    assert make.dadukou.name == "大渡口镇"
    assert 'href="/office/divisions/341721102000/"' in found("大渡口")
    assert "/office/divisions/" not in found("大渡口", make.stranger)


def test_a_person_is_found_with_their_post(make, found):
    chief = make.village_chief.person
    answer = found(chief.name)
    assert f'href="/office/people/{chief.pk}/"' in answer
    assert "村级河长" in answer


def test_a_phone_number_is_nowhere_in_the_answer(make, found):
    person_register(
        division=make.village,
        name="钱有电话",
        phone="13800001111",
        by=make.actor(make.administrator),
        at=make.now,
    )
    answer = found("钱有电话")
    assert "钱有电话" in answer
    assert "13800001111" not in answer


def test_what_lies_outside_ones_scope_is_not_found(make, reach, found):
    person = make.village_chief.person.name
    for text in ("杨墩", reach.code, "yddd", person):
        assert "<a " not in found(text, make.stranger)


def test_what_is_called_so_comes_before_what_only_holds_the_words(make, found):
    make.reach(name="上河口段北")
    make.reach(name="河口段")
    make.reach(name="河口段南")
    answer = found("河口段")
    assert answer.index(">河口段<") < answer.index("河口段南") < answer.index("上河口段北")


def test_at_most_a_dozen_are_shown_below_the_box(make, found):
    for number in range(15):
        make.reach(name=f"测试堤{number}段")
    assert found("测试堤").count('role="option"') == 12


@pytest.mark.parametrize("text", ["", "   ", "\x00", "%", "_", "'", "没有这个"])
def test_words_that_mean_nothing_find_nothing(reach, found, text):
    assert "<a " not in found(text)


def test_an_area_that_is_no_more_is_not_found(make, reach, found):
    reach.until = make.today
    reach.save()
    assert reach.code not in found("杨墩大堤段")


def test_without_scripts_the_page_shows_all_kinds(make, reach):
    page = make.client(make.county_office).get(SEARCH, {"q": "杨墩"}).content.decode()
    assert 'value="杨墩"' in page
    for address in (f"/office/areas/{reach.code}/", "/office/divisions/341721102201/", "?water="):
        assert address in page


def test_without_words_the_page_says_what_can_be_found(make):
    answer = make.client(make.county_office).get(SEARCH, headers={"Accept-Language": "en"})
    assert "What are you looking for?" in answer.content.decode()


def test_a_stranger_to_the_house_is_sent_to_sign_in(make):
    assert make.client().get(SEARCH)["Location"].startswith("/accounts/login/")


def test_the_number_of_queries_does_not_depend_on_what_is_found(make, reach, query_count):
    client = make.client(make.county_office)
    make.appointment(make.person(make.village, "杨一"), make.post("ranger", system="forest"))
    client.get(SEARCH, {"q": "杨"}, headers=HTMX)
    few = query_count(lambda: client.get(SEARCH, {"q": "杨"}, headers=HTMX))
    for number in range(4):
        make.reach(name=f"杨{number}段")
        make.appointment(make.person(make.village, f"杨小{number}"), make.post("ranger", system="forest"))
    assert query_count(lambda: client.get(SEARCH, {"q": "杨"}, headers=HTMX)) == few
