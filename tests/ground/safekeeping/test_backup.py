"""A backup holds the whole data of one moment, and either database gives back the same."""

from __future__ import annotations

import gzip
import io
import json
import threading
import uuid
from hashlib import sha256

import pytest
from django.db import connection

from shanhe.evidence.patrols.models import Patrol
from shanhe.ground.audit.models import Event
from shanhe.ground.documents import store
from shanhe.ground.documents.services import Binding, Part, file_put
from shanhe.ground.people.scope import system_actor
from shanhe.ground.safekeeping.building import is_empty
from shanhe.ground.safekeeping.databases import in_place_of_default, opened
from shanhe.ground.safekeeping.moving import database_move
from shanhe.ground.safekeeping.progress import Silent
from shanhe.ground.safekeeping.restoring import Target, backup_restore, restore_into
from shanhe.ground.safekeeping.taking import Parts, backup_take
from shanhe.kernel.errors import Refusal

BY = system_actor("cli")


def take(make, folder, name="backup.tar", **options):
    return backup_take(path=folder.parent / name, by=BY, at=make.now, **options)


def restore(make, file, entry, folder, progress=None):
    return restore_into(
        Target(entry, folder),
        file,
        by=BY,
        at=make.now,
        progress=progress or Silent(),
        action="safekeeping.restore",
    )


def code_of(call) -> str:
    with pytest.raises(Refusal) as refused:
        call()
    return refused.value.code


@pytest.fixture
def handed_in(make, folder):
    """A patrol with a picture, and a file that is on its way."""
    patrol = make.patrol(make.reach())
    actor = make.actor(patrol.sent_by, "api")
    binding = Binding("track.gpx", "patrol", patrol.uuid)
    content = b'<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1"></gpx>'
    whole = file_put(
        uuid=uuid.uuid4(), part=Part(0, len(content), content), by=actor, at=make.now, binding=binding
    )
    begun = file_put(uuid=uuid.uuid4(), part=Part(0, 100, content[:40]), by=actor, at=make.now)
    return patrol, whole.file, begun.file


class WritesMeanwhile:
    """A bar that has somebody else hand in a patrol, and commit it, while the backup is being written."""

    def __init__(self, hand_in) -> None:
        self.hand_in, self.number = hand_in, 0

    def begin(self, what: str, total: int) -> None:
        """Nothing."""

    def advance(self, number: int) -> None:
        """Another patrol comes in, for the first few parts."""
        if self.number < 4:
            self.number += 1
            other = threading.Thread(target=self._write)
            other.start()
            other.join()

    def _write(self) -> None:
        self.hand_in(self.number)
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_patrols_come_in_while_a_backup_is_taken_and_it_holds_one_moment(
    make, folder, handed_in, other_entry
):
    patrol, whole, begun = handed_in
    area, user = patrol.verdict.area, patrol.sent_by
    sent = [make.sent(area, starts=make.now.replace(hour=number)) for number in range(1, 6)]
    actor = make.actor(user, "api")

    def hand_in(number: int) -> None:
        from shanhe.evidence.patrols.services import patrol_submit

        patrol_submit(sent=sent[number], by=actor, at=make.now)

    records = Event.objects.count()
    busy = WritesMeanwhile(hand_in)
    taken = take(make, folder, progress=busy)

    assert busy.number == 4
    assert Patrol.objects.count() == 5
    assert taken.ledger_size == records
    assert taken.tables["patrols_patrol"].rows == taken.tables["patrols_track"].rows == 1
    assert (taken.files, taken.incoming, taken.missing) == (1, 1, [])

    elsewhere = folder.parent / "elsewhere"
    was, part = store.whole(whole.sha256).read_bytes(), store.part_of(begun.uuid).read_bytes()
    store.remove(whole.sha256)
    store.forget_part(begun.uuid)
    with taken.path.open("rb") as file:
        done = restore(make, file, other_entry, elsewhere)

    assert {one.table: one.found for one in done.compared} == {
        name: table.sha256 for name, table in taken.tables.items()
    }
    assert (done.ledger_size, done.ledger_broken) == (records, None)
    assert store.whole(whole.sha256).read_bytes() == was
    assert store.part_of(begun.uuid).read_bytes() == part
    with opened(other_entry) as there, in_place_of_default(there):
        restored = Patrol.objects.get()
        assert restored.uuid == patrol.uuid
        assert bytes(restored.track.raw) == bytes(Patrol.objects.get().track.raw)
        assert Event.objects.order_by("seq").last().action == "safekeeping.restore"
        restored.pk, restored.uuid = None, uuid.uuid4()
        restored.save(force_insert=True)
        assert restored.pk > taken.tables["patrols_patrol"].last_number


@pytest.mark.django_db(transaction=True)
def test_from_this_database_to_sqlite_and_back_every_row_is_the_same(
    make, folder, handed_in, sqlite_entry, tmp_path
):
    make.policy("patrol.track_years", 3)
    policy = make.policy(
        "patrol.checklist", {"items": [{"zh": "水", "en": "e", "key": "b"}], "a": [1e16, -0.0, 0.1]}
    )
    policy.refresh_from_db()
    first = take(make, folder)
    with first.path.open("rb") as file:
        there = restore(make, file, sqlite_entry, None)
    with opened(sqlite_entry) as other, in_place_of_default(other):
        second = take(make, folder, "second.tar")
    told = {"audit_event", "audit_head"}  # the restore and the backup left their own words there
    assert {name: one.sha256 for name, one in second.tables.items() if name not in told} == {
        one.table: one.was for one in there.compared if one.table not in told
    }
    later = folder / "proof" / "2026-03-02.json"
    later.parent.mkdir()
    later.write_text("{}")
    with second.path.open("rb") as file:
        back = backup_restore(file=file, replace=True, by=BY, at=make.now)
    assert all(one.was == one.found for one in back.compared)
    assert Patrol.objects.get().uuid == handed_in[0].uuid
    assert back.ledger_broken is None
    assert back.set_aside == ["2026-03-02"]  # a day that the backup does not know was published
    assert [path.name for path in folder.glob("proof/*/*")] == [later.name]
    _triggers_and_constraints_hold(make)


def _triggers_and_constraints_hold(make) -> None:
    from django.db import IntegrityError, transaction

    from shanhe.ground.people.models import Appointment

    appointment = Appointment.objects.filter(is_exclusive=True).first()
    appointment.pk, appointment.uuid = None, uuid.uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        appointment.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_a_move_copies_all_rows_and_compares_them(make, folder, handed_in, other_entry):
    done = database_move(to=other_entry, by=BY, at=make.now)
    assert done.rows > 100
    assert all(one.was == one.found for one in done.compared)
    assert list(folder.glob("move-*")) == []
    with opened(other_entry) as there, in_place_of_default(there):
        assert Event.objects.order_by("seq").last().action == "safekeeping.move"
    assert code_of(lambda: database_move(to=other_entry, by=BY, at=make.now)) == "restore.not_empty"
    assert code_of(lambda: database_move(to=connection.settings_dict, by=BY, at=make.now)) == "move.same"


@pytest.mark.django_db(transaction=True)
def test_a_move_during_which_records_come_in_leaves_the_target_empty(make, folder, handed_in, other_entry):
    area, actor = handed_in[0].verdict.area, make.actor(handed_in[0].sent_by, "api")
    sent = make.sent(area, starts=make.now.replace(hour=1))

    def hand_in(number: int) -> None:
        from shanhe.evidence.patrols.services import patrol_submit

        if number == 1:
            patrol_submit(sent=sent, by=actor, at=make.now)

    busy = WritesMeanwhile(hand_in)
    assert code_of(lambda: database_move(to=other_entry, by=BY, at=make.now, progress=busy)) == "move.went_on"
    with opened(other_entry) as there:
        assert is_empty(there)


@pytest.mark.django_db
def test_records_are_not_replaced_unless_one_says_so(make, folder, handed_in):
    assert code_of(lambda: backup_restore(file=io.BytesIO(), by=BY, at=make.now)) == "restore.not_empty"


@pytest.fixture
def taken(make, folder):
    """A backup of little, and the picture of its data directory."""
    (folder / "proof").mkdir()
    (folder / "proof" / "2026-03-01.json").write_text("{}")
    (folder / "secret_key").write_text("geheim")
    return take(make, folder)


SPOILT = {
    "a row was changed": (lambda name, content: _other_row(name, content), "backup.digest"),
    "a row is missing": (lambda name, content: _fewer_rows(name, content), "backup.digest"),
    "the end is missing": (
        lambda name, content: None if name == "manifest.json" else content,
        "backup.broken",
    ),
    "a table is missing": (lambda name, content: _without_a_table(name, content), "backup.broken"),
    "a member is damaged": (
        lambda name, content: content[:-9] if name.endswith(".gz") else content,
        "backup.broken",
    ),
    "it comes from a later version": (lambda name, content: _newer(name, content), "backup.newer"),
    "its format is a later one": (
        lambda name, content: content.replace(b"shanhe-backup/1", b"shanhe-backup/2"),
        "backup.newer",
    ),
    "it is something else": (lambda name, content: b"{}", "backup.malformed"),
    "it names a kind of column nobody knows": (
        lambda name, content: content.replace(b'"moment"', b'"money"'),
        "backup.malformed",
    ),
}


def _other_row(name: str, content: bytes) -> bytes:
    if not name.startswith("tables/auth_permission/"):
        return content
    return gzip.compress(gzip.decompress(content).replace(b"Can", b"Can't", 1))


def _fewer_rows(name: str, content: bytes) -> bytes:
    if not name.startswith("tables/django_content_type/"):
        return content
    return gzip.compress(b"".join(gzip.decompress(content).splitlines(keepends=True)[:-1]))


def _without_a_table(name: str, content: bytes) -> bytes:
    if name != "manifest.json":
        return content
    told = json.loads(content)
    del told["tables"]["people_person"]
    return json.dumps(told).encode()


def _newer(name: str, content: bytes) -> bytes:
    if name != "shanhe-backup.json":
        return content
    told = json.loads(content)
    told["migrations"].append(["patrols", "9999_something_of_the_future"])
    return json.dumps(told).encode()


@pytest.mark.django_db
@pytest.mark.parametrize("how", list(SPOILT))
def test_a_spoilt_backup_is_refused_before_anything_is_touched(
    make, taken, respelled, sqlite_entry, tmp_path, how
):
    change, code = SPOILT[how]
    file = respelled(taken.path, change)
    assert code_of(lambda: restore(make, file, sqlite_entry, tmp_path / "elsewhere")) == code
    assert not (tmp_path / "other.sqlite3").exists()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.django_db
def test_a_backup_that_was_cut_off_is_refused(make, taken, sqlite_entry, folder):
    whole = taken.path.read_bytes()
    for length in (0, 700, len(whole) // 2, len(whole) - 20_000):
        with pytest.raises(Refusal):
            restore(make, io.BytesIO(whole[:length]), sqlite_entry, folder)


@pytest.mark.django_db
def test_no_member_writes_outside_its_place(make, taken, respelled, sqlite_entry, folder, tmp_path):
    import tarfile

    for name in ("kept/../../evil", "files/../evil", "kept/proof/../a.json", "/etc/evil", "kept/other"):
        out = io.BytesIO()
        with tarfile.open(taken.path) as old, tarfile.open(fileobj=out, mode="w") as new:
            for member in old:
                new.addfile(member, old.extractfile(member))
                if member.name == "shanhe-backup.json":
                    new.addfile(tarfile.TarInfo(name), io.BytesIO())
        assert code_of(lambda: restore(make, out, sqlite_entry, folder)) == "backup.broken"  # noqa: B023
    assert not (tmp_path / "evil").exists()


@pytest.mark.django_db
def test_rows_that_point_nowhere_leave_the_old_database_as_it_was(
    make, taken, respelled, other_entry, folder
):
    """The digests are right, so that it is the database that refuses, at the very end."""

    def without_what_permissions_are_about(name: str, content: bytes) -> bytes | None:
        if name.startswith("tables/django_content_type/"):
            return None
        if name == "manifest.json":
            told = json.loads(content)
            told["tables"]["django_content_type"] |= {"rows": 0, "sha256": sha256().hexdigest()}
            return json.dumps(told).encode()
        return content

    file = respelled(taken.path, without_what_permissions_are_about)
    assert code_of(lambda: restore(make, file, other_entry, folder)) == "backup.rows"
    with opened(other_entry) as there:
        assert is_empty(there)


@pytest.mark.django_db
def test_the_secret_key_goes_in_by_choice_only_and_sessions_never(make, taken, folder, respelled):
    names: list[str] = []
    respelled(taken.path, lambda name, content: names.append(name) or content)
    assert "kept/proof/2026-03-01.json" in names
    assert "kept/secret_key" not in names
    assert not [name for name in names if "session" in name]
    other = take(make, folder, "other.tar", parts=Parts(secret_key=True))
    respelled(other.path, lambda name, content: names.append(name) or content)
    assert "kept/secret_key" in names
    assert other.path.stat().st_mode & 0o077 == 0
    event = Event.objects.order_by("seq").last()
    assert (event.action, event.data["secret_key"]) == ("safekeeping.backup", True)


@pytest.mark.django_db
def test_a_file_that_is_there_is_not_written_over(make, taken, folder):
    assert code_of(lambda: take(make, folder)) == "backup.there"
    assert code_of(lambda: take(make, folder, "no/such/folder.tar")) == "backup.place"


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_lost_is_told_and_hinders_nothing(make, folder, handed_in):
    whole = handed_in[1]
    store.remove(whole.sha256)
    assert take(make, folder).missing == [whole.sha256]
