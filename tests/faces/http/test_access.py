"""What stands between a request and a page: who asks, with which scope."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse

from shanhe.faces.http.access import (
    actor_of,
    administrator_page,
    office_page,
    scope_of_request,
    scope_set,
)
from shanhe.ground import clock


@pytest.fixture
def asked(make, rf):
    def asked(user=None, path="/office/"):
        request = rf.get(path)
        request.user = user or AnonymousUser()
        scope_set(request)
        return request

    return asked


@office_page
def page(request):
    return HttpResponse("page")


@administrator_page
def settings_page(request):
    return HttpResponse("settings")


def test_a_stranger_to_the_system_has_nobodys_scope(asked):
    scope = scope_of_request(asked())
    assert scope.user_id is None
    assert not scope.seen


def test_the_scope_is_worked_out_only_when_somebody_looks(make, asked, django_assert_num_queries):
    chief = make.village_chief
    with django_assert_num_queries(0):
        request = asked(chief)
    with django_assert_num_queries(3):
        assert scope_of_request(request).roles == {"chief"}
        assert scope_of_request(request).person_id == chief.person_id


def test_the_actor_is_the_account_its_person_and_the_door(make, asked):
    actor = actor_of(asked(make.village_chief), "api")
    assert (actor.user_id, actor.person_id, actor.via) == (
        make.village_chief.pk,
        make.village_chief.person_id,
        "api",
    )
    assert actor.scope.supervised.holds_code(make.village.code)


def test_the_scope_is_that_of_the_day(make, asked):
    person = make.person()
    make.appointment(person, make.post("deputy_chief"), until=make.today)
    user = make.user(person)
    assert not scope_of_request(asked(user)).seen
    with clock.moved_to(make.now.replace(day=1)):
        assert scope_of_request(asked(user)).seen


def test_an_office_page_asks_strangers_to_sign_in_and_first_passwords_to_be_changed(make, asked):
    assert page(asked(path="/office/?q=1"))["Location"] == "/accounts/login/?next=/office/%3Fq%3D1"
    first = make.user(make.person(), must_change_password=True)
    assert page(asked(first))["Location"] == "/accounts/password/?next=/office/"
    assert page(asked(make.village_chief)).content == b"page"


def test_an_administrators_page_is_not_there_for_anybody_else(make, asked):
    assert settings_page(asked(make.administrator)).content == b"settings"
    for user in (make.village_chief, make.county_office):
        with pytest.raises(Http404):
            settings_page(asked(user))
    assert settings_page(asked())["Location"].startswith("/accounts/login/")
