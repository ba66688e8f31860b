"""Long work in the office pages: one's own, with a bar while it runs, then its result or the reason."""

from __future__ import annotations

from typing import Any

import pytest

from shanhe.faces.http.ledger.words import JOBS
from shanhe.ground.jobs.kinds import KINDS
from shanhe.ground.jobs.models import Job
from shanhe.ground.jobs.services import job_end, job_start, job_step

HTMX = {"HX-Request": "true", "HX-Target": "job"}


@pytest.fixture
def start(make, monkeypatch):
    monkeypatch.setitem(KINDS, "count", lambda running: {})

    def start(state: str = "waiting", by: Any = None) -> Job:
        job = job_start(kind="count", params={}, by=make.actor(by or make.county_office), at=make.now)
        Job.objects.filter(pk=job.pk).update(state=state)
        job.refresh_from_db()
        return job

    return start


def test_every_kind_of_job_has_its_words():
    assert {kind for kind in KINDS if "." in kind} == set(JOBS)


def test_one_sees_ones_own_jobs_and_no_others(make, start):
    job = start()
    address = f"/office/jobs/{job.uuid}/"
    assert address in make.client(make.county_office).get("/office/jobs/").content.decode()
    stranger = make.client(make.stranger)
    assert address not in stranger.get("/office/jobs/").content.decode()
    assert stranger.get(address).status_code == 404
    assert make.client(make.administrator).get(address).status_code == 200


def test_the_page_asks_again_while_the_job_runs_and_no_longer(make, start):
    client = make.client(make.county_office)
    job = start("running")
    job_step(job=job, done=30, total=100, at=make.now)
    part = client.get(f"/office/jobs/{job.uuid}/", headers=HTMX).content.decode()
    assert 'hx-trigger="every 1s"' in part
    assert 'value="30" max="100"' in part
    assert "<html" not in part
    job_end(job=job, at=make.now, result={"created": 7})
    part = client.get(f"/office/jobs/{job.uuid}/", headers=HTMX).content.decode()
    assert "hx-trigger" not in part
    assert "<dd>7</dd>" in part


def test_what_failed_says_why_and_in_which_row(make, start):
    job = start("running")
    told = {"error": {"code": "rows", "fields": {"row": "第3行有误"}}}
    job_end(job=job, at=make.now, failure="有1行无法导入", result=told)
    page = make.client(make.county_office).get(f"/office/jobs/{job.uuid}/").content.decode()
    assert "有1行无法导入" in page
    assert "第3行有误" in page


def test_the_list_costs_the_same_for_one_as_for_ten(make, start, query_count):
    client = make.client(make.county_office)
    start()
    client.get("/office/jobs/")
    one = query_count(lambda: client.get("/office/jobs/"))
    for _number in range(10):
        start()
    assert query_count(lambda: client.get("/office/jobs/")) == one
