"""A province of 100,000 areas with two million patrols, written set-wise: 20 outings an area in a year.

Rows are what the services would write, column by column, except that tracks, prints and log items are left
out: no list reads them. Divisions, chiefs and appointments are those of ``bench_window``; areas have plain
shapes. Every constraint of the schema holds; secondary indexes are put away while the rows go in.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from bench_window import AREAS_PER_VILLAGE, STEP_DEG, make_appointments, make_divisions

__all__ = ["DAY", "NOW", "make_world"]

DAY = date(2026, 1, 1)  # the day on which the lists are read
NOW = datetime(2026, 1, 1, 1, 0, tzinfo=UTC)
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
YEAR_S = 365 * 86_400
CHUNK = 50_000
OUTCOMES = (("valid", 0.80), ("partial", 0.12), ("doubtful", 0.03), ("invalid", 0.05))
FLAGS = {
    "doubtful": (("synthetic", 0.5), ("too_fast", 0.3), ("shared", 0.18), ("mock", 0.02)),
    "invalid": (("outside", 0.6), ("stationary", 0.3), ("sparse", 0.1)),
}
ASLEEP = 0.1  # share of all that has the informative flag
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗", "伟芳娜敏静强磊军洋勇艳杰娟涛明超兰霞平刚"
WATERS = "长清白黑沙柳石龙凤金银玉东西南北上下大小"


def make_world(patrols: int) -> bool:
    """Make the world in the database that Django is set up on; False when it was there."""
    from django.core.management import call_command
    from django.db import connection

    from shanhe.evidence.patrols.models import Patrol

    call_command("migrate", verbosity=0)
    if Patrol.objects.exists():
        if Patrol.objects.count() != patrols:
            raise SystemExit(f"{connection.settings_dict['NAME']} holds another world: delete it")
        return False
    make_ground(patrols // 20)
    make_patrols(patrols)
    make_last_visits()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":  # as autovacuum does after a load
            for table in ("patrols_patrol", "patrols_verdict", "registry_area", "patrols_lastvisit"):
                cursor.execute(f"VACUUM ANALYZE {table}")
    return True


def make_ground(areas: int) -> None:
    """Divisions with a chief each, and areas with their shapes."""
    import shapely
    from django.db import transaction

    from shanhe.ground.people.models import Appointment, Person, Post, Remit, RemitPart
    from shanhe.ground.policies.models import Policy
    from shanhe.ground.registry.models import Area, AreaWithin, ForestUnit, Reach, Shape, WaterBody

    with transaction.atomic():
        villages = make_divisions(areas // AREAS_PER_VILLAGE)
        make_appointments(villages)
        name_people()
        whole = Remit.objects.create(
            kind="subtree", key="d:340000000000", name="省", division_id="340000000000"
        )
        RemitPart.objects.create(remit=whole, division_id="340000000000")
        head = Post.objects.create(
            code="both.province.general_chief",
            name="总河林长",
            kind="general_chief",
            system="both",
            level="province",
        )
        Appointment.objects.create(
            person=Person.objects.create(name="省总", division_id="340000000000"),
            post=head,
            remit=whole,
            since=date(2024, 1, 1),
        )
        Policy.objects.create(key="patrol.unvisited_days", value=15, since=date(2024, 1, 1), level="village")
        water = WaterBody.objects.create(
            code="W", name="长河", kind="river", level="province", division_id="340000000000"
        )
        pick = np.random.default_rng(5)
        rows, shapes = [], []
        for code, lon, lat in villages:
            for number in range(AREAS_PER_VILLAGE):
                kind = "reach" if number < 3 else "forest-unit"
                name = f"{WATERS[pick.integers(20)]}{WATERS[pick.integers(20)]}{'河' if number < 3 else '山'}"
                rows.append(
                    Area(
                        code=f"{code}{number}",
                        kind=kind,
                        name=f"{name}{code[4:]}第{number}区",
                        level="village",
                        division_id=code,
                    )
                )
                x, y = lon + pick.uniform(0, STEP_DEG), lat + pick.uniform(0, STEP_DEG)
                line = shapely.LineString([(x, y), (x + 0.006, y + 0.003)])
                shapes.append(line if kind == "reach" else shapely.box(x, y, x + 0.004, y + 0.004))
        Area.objects.bulk_create(rows, batch_size=2_000)
        AreaWithin.objects.bulk_create(
            (AreaWithin(area=row, ancestor=row, depth=0) for row in rows), batch_size=2_000
        )
        Reach.objects.bulk_create(
            (Reach(area=row, water=water) for row in rows if row.kind == "reach"), batch_size=2_000
        )
        ForestUnit.objects.bulk_create(
            (ForestUnit(area=row, kind="grid") for row in rows if row.kind != "reach"), batch_size=2_000
        )
        Shape.objects.bulk_create(
            (
                Shape(
                    area=row,
                    wkb=shapely.to_wkb(shape),
                    geometry_type=shape.geom_type,
                    **dict(zip(("min_lon", "min_lat", "max_lon", "max_lat"), shape.bounds, strict=True)),
                    length_m=700.0,
                    vertices=2,
                )
                for row, shape in zip(rows, shapes, strict=True)
            ),
            batch_size=2_000,
        )


def name_people() -> None:
    """Names as people have them, many of them twice."""
    from shanhe.ground.people.models import Person

    pick = np.random.default_rng(6)
    people = list(Person.objects.all())
    for person in people:
        person.name = SURNAMES[pick.integers(20)] + GIVEN[pick.integers(20)] + GIVEN[pick.integers(20)]
    Person.objects.bulk_update(people, ["name"], batch_size=1_000)


def make_patrols(patrols: int) -> None:
    """Patrols in the order in which they came in, each with its verdict."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")  # keys are right by construction
            cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        kept = put_away_indexes(cursor, ("patrols_patrol", "patrols_verdict"))
        for patrol_rows, verdict_rows in chunks_of_rows(patrols):
            write(cursor, "patrols_patrol", patrol_rows)
            write(cursor, "patrols_verdict", verdict_rows)
        for statement in kept:
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            for table in ("patrols_patrol", "patrols_verdict"):
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {patrols})")


def put_away_indexes(cursor: Any, tables: Sequence[str]) -> list[str]:
    """Drop the tables' secondary indexes; gives the statements that make them again."""
    from django.db import connection

    marks = ", ".join(["%s"] * len(tables))
    if connection.vendor == "sqlite":
        known = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name"
    else:
        known = (
            "SELECT indexname, indexdef FROM pg_indexes "
            "WHERE indexname NOT IN (SELECT conname FROM pg_constraint) AND tablename"
        )
    cursor.execute(f"{known} IN ({marks})", list(tables))
    found = cursor.fetchall()
    for name, _statement in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [statement for _name, statement in found]


def chunks_of_rows(patrols: int) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Rows of both tables, some ten thousand at a time."""
    from shanhe.evidence.patrols.rulesets import rules_json
    from shanhe.ground.people.models import Appointment
    from shanhe.ground.registry.models import Area
    from shanhe.kernel.tracks.types import Rules

    keeper = dict(
        Appointment.objects.filter(post__level="village").values_list("remit__parts__division", "person_id")
    )
    areas = [
        (pk, code, shape, keeper[code])
        for pk, code, shape in Area.objects.order_by("pk").values_list("pk", "division_id", "shapes__pk")
    ]
    details = {
        "asleep": [],
        "visits": [],
        "cells_visited": 0,
        "cells_total": 0,
        "cell_m": 0.0,
        "boundary": 0.0,
        "extent_m": 812.4,
        "observed_s": 1465.0,
        "datum": "wgs84",
        "rules": rules_json(Rules()),
        "half_width_m": 0.0,
    }
    pick = np.random.default_rng(7)
    begins = np.sort(pick.uniform(0, YEAR_S - 40_000, patrols)).astype(np.int64)
    served = pick.permutation(np.resize(np.arange(len(areas)), patrols))
    for first in range(0, patrols, CHUNK):
        size = min(CHUNK, patrols - first)
        outcomes = pick.choice(len(OUTCOMES), size, p=[share for _name, share in OUTCOMES])
        uuids, asleep = pick.bytes(16 * size), pick.uniform(0, 1, size) < ASLEEP
        coverage, minutes = pick.uniform(0.3, 1, size), pick.integers(10, 120, size)
        both: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
        for i in range(size):
            pk, (area, code, shape, person) = first + i + 1, areas[served[first + i]]
            started = BEGIN + timedelta(seconds=int(begins[first + i]))
            ended = started + timedelta(minutes=int(minutes[i]))
            outcome = OUTCOMES[outcomes[i]][0]
            flags = flags_of(outcome, bool(asleep[i]), pick)
            both[0].append(
                patrol_columns(pk, UUID(bytes=uuids[16 * i : 16 * i + 16]), person, started, ended, outcome)
            )
            both[1].append(
                {
                    "id": pk,
                    "patrol_id": pk,
                    "area_id": area,
                    "shape_id": shape,
                    "person_id": person,
                    "outcome": outcome,
                    "counts": outcome == "valid",
                    "started_at": started,
                    "prefecture": code[:4],
                    "county": code[:6],
                    "township": code[:9],
                    "village": code,
                    "coverage": float(coverage[i]),
                    "duration_s": float(minutes[i] * 60),
                    "flags": json.dumps(
                        [{"code": each, "from_s": None, "to_s": None, "figures": {}} for each in flags]
                    ),
                    "flag_codes": f",{','.join(flags)}," if flags else "",
                    "reasons": json.dumps(
                        [] if outcome == "valid" else [{"code": "coverage.low", "figures": {}}]
                    ),
                    "made_at": ended,
                }
                | VERDICT
                | {"details": json.dumps(details)}
            )
        print(f"\r{first + size:,} of {patrols:,} patrols", end="", file=sys.stderr, flush=True)
        yield both
    print(file=sys.stderr)


VERDICT: dict[str, Any] = {
    "policy_id": None,
    "appointment_id": None,
    "position": 0,
    "is_current": True,
    "length_m": 700.0,
    "distance_m": 731.5,
    "moving_s": 1200.0,
    "max_gap_s": 5.0,
    "max_speed_mps": 1.9,
    "points": 600,
    "points_dropped": 3,
    "covered": "[[0.0, 655.2]]",
    "rules_id": "default",
    "kernel_version": "bench",
    "is_simulated": False,
}


def patrol_columns(
    pk: int, uuid: UUID, person: int, started: datetime, ended: datetime, outcome: str
) -> dict[str, Any]:
    """One row of patrols_patrol."""
    return {
        "id": pk,
        "uuid": uuid,
        "person_id": person,
        "sent_by_id": None,
        "on_behalf_of_id": None,
        "started_at": started,
        "ended_at": ended,
        "received_at": ended,
        "source": "app",
        "mode": "walk",
        "device_id": f"phone-{person}",
        "app_version": "1.0",
        "note": "",
        "signature": "",
        "content_sha256": uuid.hex * 2,
        "outcome": outcome,
        "is_late": False,
        "joined_to_id": None,
        "is_simulated": False,
    }


def flags_of(outcome: str, is_asleep: bool, pick: Any) -> list[str]:
    """Codes of the flags that go with an outcome."""
    found = ["asleep"] if is_asleep else []
    if outcome in FLAGS:
        names, shares = zip(*FLAGS[outcome], strict=True)
        found.append(names[int(np.searchsorted(np.cumsum(shares), pick.uniform(0, 1)))])
    return sorted(found)


def write(cursor: Any, table: str, rows: list[dict[str, Any]]) -> None:
    """Put rows into a table by the quickest way its database has."""
    from django.db import connection

    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(list(row.values()))
        return
    values = [
        [value.hex if isinstance(value, UUID) else _moment(value) for value in row.values()] for row in rows
    ]
    marks = ", ".join("?" * len(names))
    raw = connection.connection.cursor()
    raw.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)  # noqa: S608


def _moment(value: Any) -> Any:
    """As Django writes moments on SQLite."""
    return str(value.replace(tzinfo=None)) if isinstance(value, datetime) else value


def make_last_visits() -> None:
    """The newest visit of each area, as the services keep it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patrols_lastvisit (area_id, counted_at, any_at, outcome) "
            "SELECT area_id, max(CASE WHEN counts THEN started_at END), max(started_at), 'valid' "
            "FROM patrols_verdict WHERE is_current GROUP BY area_id"
        )
