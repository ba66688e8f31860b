"""Photos and files of a patrol: read by whoever sees the patrol, and by nobody else."""

from __future__ import annotations

import uuid

import pytest

from shanhe.ground.documents.models import StoredFile
from shanhe.ground.documents.queries import file_in
from shanhe.ground.documents.readers import may_read_record


@pytest.fixture
def patrol(make):
    return make.patrol(make.reach(length_m=2_000), by=make.village_chief)


@pytest.fixture
def photo(make, patrol):
    """A picture that the walker sent with the patrol."""
    return StoredFile.objects.create(
        uuid=uuid.uuid4(),
        size=10,
        received=10,
        sha256="0" * 64,
        content_type="image/jpeg",
        record_type="patrol",
        record_uuid=patrol.uuid,
        uploaded_by=make.village_chief,
        created_at=make.now,
    )


def test_the_walker_and_the_office_above_read_it(make, patrol, photo):
    for user in (make.village_chief, make.county_office, make.administrator):
        assert file_in(make.scope(user), photo.uuid) == photo


def test_the_stranger_does_not_even_hear_of_it(make, patrol, photo):
    with pytest.raises(StoredFile.DoesNotExist):
        file_in(make.scope(make.stranger), photo.uuid)


def test_a_neighbour_without_a_superiors_view_does_not_read_it(make, patrol, photo):
    ranger = make.keeper(make.forest_unit(), kind="ranger")
    with pytest.raises(StoredFile.DoesNotExist):
        file_in(make.scope(ranger), photo.uuid)


def test_a_patrol_that_has_not_come_yet_opens_nothing(make):
    assert not may_read_record(make.scope(make.county_office), "patrol", uuid.uuid4())


def test_the_answer_costs_one_query(make, patrol, django_assert_num_queries):
    scope = make.scope(make.county_office)
    with django_assert_num_queries(1):
        assert may_read_record(scope, "patrol", patrol.uuid)
