"""Handover pages: begin one, see its gaps first, confirm it, hand over many at once."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from shanhe.ground.people.models import Appointment, Handover, HandoverEvent, Person
from shanhe.ground.people.services import handover_attest, handover_make, list_digest

DAY = date(2026, 3, 2)
LIST = "/office/handovers/"
TOGETHER = f"{LIST}together/?division=341721102000"


@pytest.fixture
def reach(make):
    return make.reach("圩内中心渠杨墩段")


@pytest.fixture
def outgoing(make, reach):
    return make.appointment(make.person(name="前任"), make.post(), areas=[reach])


@pytest.fixture
def successor(make):
    return make.person(name="后任")


@pytest.fixture
def office(make):
    return make.client(make.county_office)


@pytest.fixture
def handover(make, outgoing, successor):
    return handover_make(
        outgoing=outgoing, successor=successor, on=DAY, by=make.actor(make.county_office), at=make.now
    )


def begin(client, outgoing, successor, /, **more):
    """The form as the page sends it, with ``posts`` ticked."""
    sent = {"who": "known", "person": successor.pk, "posts": [outgoing.pk], "on": "2026-03-09", **more}
    return client.post(f"/office/appointments/{outgoing.pk}/hand-over/", sent)


# -- one -------------------------------------------------------------------------------------------------


def test_the_gaps_are_shown_before_and_only_then_it_is_decided(office, outgoing, successor):
    seen = begin(office, outgoing, successor, ends_on="2026-03-05")
    assert seen.status_code == 200
    assert [(gap.since, gap.until) for gap in seen.context["preview"]["gaps"]] == [
        (date(2026, 3, 5), date(2026, 3, 9))
    ]
    assert not Handover.objects.exists()
    seal = seen.context["preview"]["seal"]
    done = begin(office, outgoing, successor, ends_on="2026-03-05", decide="1", seal=seal)
    made = Handover.objects.get()
    assert (done.status_code, done["Location"]) == (302, f"/office/handovers/{made.pk}/")
    outgoing.refresh_from_db()
    assert outgoing.until == date(2026, 3, 5)


def test_what_was_changed_after_the_look_is_looked_at_again(office, outgoing, successor):
    seal = begin(office, outgoing, successor).context["preview"]["seal"]
    again = begin(office, outgoing, successor, on="2026-03-20", decide="1", seal=seal)
    assert again.context["preview"]["on"] == date(2026, 3, 20)
    assert not Handover.objects.exists()


def test_somebody_new_takes_over_all_posts_of_the_former(make, office, outgoing, reach):
    second = make.appointment(outgoing.person, make.post(system="forest"), make.village)
    page = office.get(f"/office/appointments/{outgoing.pk}/hand-over/")
    assert [one for one, _ticked in page.context["posts"]] == [outgoing, second]
    sent = {"who": "new", "name": "新来者", "phone": "0566-1", "posts": [outgoing.pk, second.pk]}
    seal = begin(office, outgoing, outgoing.person, **sent).context["preview"]["seal"]
    begin(office, outgoing, outgoing.person, **sent, decide="1", seal=seal)
    newcomer = Person.objects.get(name="新来者")
    assert newcomer.appointments.count() == Handover.objects.count() == 2


def test_a_keeper_who_left_long_ago_is_followed_from_the_gaps(make, office, reach, successor):
    ended = make.appointment(make.person(), make.post(), areas=[reach], until=date(2026, 2, 1))
    address = f"/office/appointments/{ended.pk}/hand-over/"
    assert address in office.get("/office/gaps/").content.decode()
    assert "Already free from" not in office.get(address, headers={"accept-language": "en"}).content.decode()
    seen = begin(office, ended, successor)
    assert [gap.since for gap in seen.context["preview"]["gaps"]] == [date(2026, 2, 1)]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"person": ""}, "person"),
        ({"who": "new"}, "name"),
        ({"posts": []}, "posts"),
        ({"on": ""}, "on"),
        ({"on": "bad"}, "on"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(
    office, outgoing, successor, sent, field
):
    answer = begin(office, outgoing, successor, basis="东河办〔2026〕7号", **sent)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "东河办〔2026〕7号" in answer.content.decode()


def test_a_refusal_of_the_service_stands_above_the_form(office, outgoing):
    answer = begin(office, outgoing, outgoing.person)
    assert answer.status_code == 422
    assert len(answer.context["faults"]) == 1
    assert not Handover.objects.exists()


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_nobody_but_the_office_hands_over(make, outgoing, successor, who):
    client = make.client(getattr(make, who))
    assert client.get(f"/office/appointments/{outgoing.pk}/hand-over/").status_code == 404
    assert begin(client, outgoing, successor, decide="1").status_code == 404
    assert not Handover.objects.exists()


def test_what_was_handed_over_is_not_handed_over_again(office, handover):
    assert office.get(f"/office/appointments/{handover.outgoing_id}/hand-over/").status_code == 404
    page = office.get(f"/office/people/{handover.outgoing.person_id}/").content.decode()
    assert f"/office/appointments/{handover.outgoing_id}/hand-over/" not in page


# -- the page --------------------------------------------------------------------------------------------


def test_the_page_shows_the_list_and_who_has_not_confirmed(make, office, handover, reach):
    page = office.get(f"{LIST}{handover.pk}/")
    assert page.status_code == 200
    text = page.content.decode()
    assert reach.code in text
    assert [one["side"].state for one in page.context["sides"]] == ["waiting", "waiting"]
    assert [part.name for part in page.context["parts"]] == ["areas", "patrols"]
    shape = office.get(f"{LIST}{handover.pk}/areas.json").json()
    assert [feature["properties"]["code"] for feature in shape["features"]] == [reach.code]


def test_the_list_is_set_as_a_paper_to_sign(make, office, handover, reach):
    paper = office.get(f"{LIST}{handover.pk}/list.pdf")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    assert paper.content.startswith(b"%PDF")
    assert make.client(make.stranger).get(f"{LIST}{handover.pk}/list.pdf").status_code == 404


def test_both_confirm_by_their_logins_and_the_home_page_says_so(make, handover):
    for role, person in (("outgoing", handover.outgoing.person), ("incoming", handover.incoming.person)):
        client = make.client(make.user(person))
        address = f"{LIST}{handover.pk}/"
        assert address in client.get("/office/").content.decode()
        page = client.get(address)
        assert page.context["mine"].role == role
        answer = client.post(f"{address}{role}/confirm/", {"digest": page.context["digest"]})
        assert answer.status_code == 302
        assert address not in client.get("/office/").content.decode()
    handover.refresh_from_db()
    assert handover.state == "confirmed"


def test_a_list_that_changed_meanwhile_is_shown_again(make, handover):
    client = make.client(make.user(handover.incoming.person))
    answer = client.post(f"{LIST}{handover.pk}/incoming/confirm/", {"digest": "0" * 64}, follow=True)
    assert answer.context["mine"].state == "waiting"


def test_the_list_as_it_was_confirmed_can_be_seen_later(make, office, handover):
    former = make.client(make.user(handover.outgoing.person))
    digest = list_digest(handover, make.now)
    former.post(f"{LIST}{handover.pk}/outgoing/confirm/", {"digest": digest})
    event = HandoverEvent.objects.get(action="confirm")
    page = office.get(f"{LIST}{handover.pk}/?list={event.pk}")
    assert page.context["event"] == event
    made = HandoverEvent.objects.get(action="make")
    assert office.get(f"{LIST}{handover.pk}/?list={made.pk}").status_code == 404
    assert office.get(f"{LIST}{handover.pk}/?list=x").status_code == 404


def test_the_former_sees_the_list_without_links_that_lead_nowhere(make, handover, reach):
    client = make.client(make.user(handover.outgoing.person))
    page = client.get(f"{LIST}{handover.pk}/").content.decode()
    assert reach.name in page
    assert f"/office/areas/{reach.code}/" not in page
    feature = client.get(f"{LIST}{handover.pk}/areas.json").json()["features"][0]
    assert "url" not in feature["properties"]


def test_who_refuses_says_why(make, handover):
    client = make.client(make.user(handover.incoming.person))
    address = f"{LIST}{handover.pk}/incoming/refuse/"
    assert client.post(address, {"note": ""}).status_code == 422
    assert client.post(address, {"note": "两处排口没有写明"}).status_code == 302
    assert handover.sides.get(role="incoming").state == "refused"


def test_the_office_records_a_signed_paper_with_its_scan(make, office, handover):
    scan = SimpleUploadedFile("签字.pdf", b"%PDF-1.4\n%signed\n", content_type="application/pdf")
    address = f"{LIST}{handover.pk}/outgoing/paper/"
    assert office.post(address, {"note": ""}).status_code == 422
    assert office.post(address, {"note": "本人签字", "file": scan}).status_code == 302
    event = HandoverEvent.objects.get(action="attest")
    page = office.get(f"{LIST}{handover.pk}/").content.decode()
    assert f"/api/v1/files/{event.file}" in page
    assert office.get(f"/api/v1/files/{event.file}").status_code == 200
    assert make.client(make.stranger).get(f"/api/v1/files/{event.file}").status_code == 404


def test_a_scan_that_is_none_is_refused_and_nothing_is_recorded(office, handover):
    address = f"{LIST}{handover.pk}/outgoing/paper/"
    scan = SimpleUploadedFile("x.pdf", b"no such thing at all", content_type="application/pdf")
    answer = office.post(address, {"note": "本人签字", "file": scan})
    assert answer.status_code == 422
    assert "本人签字" in answer.content.decode()
    assert handover.sides.get(role="outgoing").state == "waiting"


def test_a_handover_is_withdrawn_with_a_reason(office, handover):
    address = f"{LIST}{handover.pk}/withdraw/"
    assert office.post(address, {"note": ""}).status_code == 422
    assert office.post(address, {"note": "录错人"}).status_code == 302
    handover.refresh_from_db()
    assert handover.state == "withdrawn"
    assert Appointment.objects.get(pk=handover.outgoing_id).until is None


@pytest.mark.parametrize("step", ["outgoing/confirm/", "incoming/refuse/", "outgoing/paper/", "withdraw/"])
def test_a_stranger_finds_nothing(make, handover, step):
    client = make.client(make.stranger)
    assert client.get(f"{LIST}{handover.pk}/").status_code == 404
    assert client.get(f"{LIST}{handover.pk}/areas.json").status_code == 404
    assert client.post(f"{LIST}{handover.pk}/{step}", {"note": "x"}).status_code == 404
    assert list(client.get(LIST).context["page"].items) == []


def test_a_role_that_is_none_is_not_there(office, handover):
    assert office.post(f"{LIST}{handover.pk}/other/paper/", {"note": "x"}).status_code == 404


# -- list ------------------------------------------------------------------------------------------------


def test_the_list_is_filtered_and_given_as_a_workbook(make, office, handover):
    by = make.actor(make.county_office)
    handover_attest(handover=handover, role="outgoing", note="签字", by=by, at=make.now)
    for query, found in (
        ({"q": "前任"}, 1),
        ({"q": "nobody"}, 0),
        ({"waiting": "incoming"}, 1),
        ({"waiting": "outgoing"}, 0),
        ({"state": "open"}, 1),
        ({"since": "2026-03-03"}, 0),
        ({"division": "341721102000"}, 1),
        ({"division": "341721100000"}, 0),
    ):
        assert len(office.get(LIST, query).context["page"].items) == found, query
    book = office.get(f"{LIST}export.xlsx", {"waiting": "incoming"})
    sheet = load_workbook(BytesIO(b"".join(book.streaming_content))).worksheets[0]
    assert [cell.value for cell in sheet[2]][4:7:2] == ["前任", "后任"]


def test_the_list_costs_the_same_for_one_and_for_ten(make, office, query_count):
    def more(count):
        for _number in range(count):
            held = make.appointment(make.person(), make.post("patroller"), make.village)
            by = make.actor(make.county_office)
            handover_make(outgoing=held, successor=make.person(), on=DAY, by=by, at=make.now)

    more(1)
    office.get(LIST)  # the session's first request
    one = query_count(lambda: office.get(LIST))
    more(9)
    assert query_count(lambda: office.get(LIST)) == one


# -- many ------------------------------------------------------------------------------------------------


@pytest.fixture
def chiefs(make):
    """The chiefs of two villages of the town."""
    codes = ("341721102201", "341721102202")
    names = ("杨墩现任", "大同现任")
    return [
        make.appointment(make.person(make.division(code), name), make.post(), make.division(code))
        for code, name in zip(codes, names, strict=True)
    ]


def table(chiefs, *names, **more):
    told = {f"name-{held.pk}": name for held, name in zip(chiefs, names, strict=False)}
    return {"on": "2026-03-09", "basis": "换届选举", **told, **more}


def test_the_keepers_of_a_place_stand_in_a_table(office, chiefs):
    assert office.get(f"{LIST}together/").context["lines"] == []
    page = office.get(TOGETHER)
    assert [line.held.person.name for line in page.context["lines"]] == ["杨墩现任", "大同现任"]
    assert [name for name, _about in page.context["people"]] == ["杨墩现任", "大同现任"]


def test_a_table_is_checked_and_then_handed_over_at_once(office, chiefs):
    seen = office.post(TOGETHER, table(chiefs, "新一", "新二"))
    assert (seen.status_code, seen.context["preview"]["count"]) == (200, 2)
    assert not Handover.objects.exists()
    assert office.post(TOGETHER, table(chiefs, "新一", "新二", decide="1")).status_code == 302
    assert sorted(Handover.objects.values_list("incoming__person__name", flat=True)) == ["新一", "新二"]


def test_rows_without_a_name_stay_as_they_are(office, chiefs):
    office.post(TOGETHER, table(chiefs, "新一", "", decide="1"))
    assert Handover.objects.get().outgoing == chiefs[0]


def test_one_faulty_row_refuses_all_and_keeps_what_was_typed(office, chiefs):
    sent = table(chiefs, "新一", "新二", decide="1", **{f"phone-{chiefs[1].pk}": "no number"})
    answer = office.post(TOGETHER, sent)
    assert answer.status_code == 422
    assert [bool(line.fault) for line in answer.context["lines"]] == [False, True]
    assert "no number" in answer.content.decode()
    assert not Handover.objects.exists()
    assert not Person.objects.filter(name="新一").exists()


def test_a_known_name_of_the_village_is_that_person_and_one_elsewhere_is_asked_about(make, office, chiefs):
    here = make.person(make.village, "张同名")
    make.person(make.division("341721100200"), "李同名")
    answer = office.post(TOGETHER, table(chiefs, "张同名", "李同名"))
    assert answer.status_code == 422
    first, second = answer.context["lines"]
    assert (first.person, first.fault, second.person) == (here, "", None)
    assert second.fault
    sent = table(chiefs, "张同名", "李同名", decide="1", **{f"who-{chiefs[1].pk}": "new"})
    assert office.post(TOGETHER, sent).status_code == 302
    assert Person.objects.filter(name="张同名").count() == 1
    assert Person.objects.filter(name="李同名").count() == 2


def test_the_made_sheet_comes_back_filled(office, chiefs):
    made = office.get(f"{LIST}together/sheet.xlsx?division=341721102000")
    book = load_workbook(BytesIO(b"".join(made.streaming_content)))
    sheet = book.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    for row, name in ((2, "新一"), (3, "新二")):
        sheet.cell(row, len(head) - 1, name)
        sheet.cell(row, len(head), "0566-700")
    answer = office.post(TOGETHER, {**table(chiefs), "file": uploaded(book)})
    assert [(line.name, line.phone) for line in answer.context["lines"]] == [
        ("新一", "0566-700"),
        ("新二", "0566-700"),
    ]
    assert answer.context["preview"]["count"] == 2
    assert not Handover.objects.exists()


def uploaded(book):
    file = BytesIO()
    book.save(file)
    return SimpleUploadedFile("换届.xlsx", file.getvalue())


def office_sheet(*rows):
    book = Workbook()
    for row in (("原任", "新任", "联系电话"), *rows):
        book.active.append(row)
    return uploaded(book)


def test_an_offices_own_sheet_is_read_by_holder_and_its_faults_by_row(make, office, chiefs):
    good = office.post(TOGETHER, {**table(chiefs), "file": office_sheet(("大同现任", "新二", "13900000000"))})
    assert [line.name for line in good.context["lines"]] == ["", "新二"]
    bad = office.post(
        TOGETHER, {**table(chiefs), "file": office_sheet(("大同现任", "新二", ""), ("无此人", "新三", ""))}
    )
    assert bad.status_code == 422
    assert len(bad.context["faults"]) == 1
    assert "3" in bad.context["faults"][0]


def test_a_sheet_without_the_columns_is_refused(office, chiefs):
    book = Workbook()
    book.active.append(("甲", "乙"))
    book.active.append(("1", "2"))
    answer = office.post(TOGETHER, {**table(chiefs), "file": uploaded(book)})
    assert answer.status_code == 422
    assert "file" in answer.context["form"].errors


@pytest.mark.parametrize("path", ["together/", "together/sheet.xlsx"])
def test_only_offices_hand_over_many(make, path):
    assert make.client(make.village_chief).get(f"{LIST}{path}").status_code == 404


def test_a_stranger_finds_no_keepers_there(make, chiefs):
    client = make.client(make.stranger)
    assert client.get(TOGETHER).context["lines"] == []
    client.post(TOGETHER, table(chiefs, "新一", "新二", decide="1"))
    assert not Handover.objects.exists()
