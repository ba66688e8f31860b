"""Outings for tests: walks along an area's own line with a person's uneven pace and a receiver's errors."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import shapely

from make.registry import MakesRegistry
from shanhe.evidence.patrols.models import Patrol
from shanhe.evidence.patrols.sent import PatrolSent, patrol_sent
from shanhe.evidence.patrols.services import patrol_submit
from shanhe.ground.people.models import Person, User
from shanhe.ground.policies.models import Policy
from shanhe.ground.registry.models import Area
from shanhe.kernel.geo.projection import Projection
from shanhe.kernel.tracks.types import Track

__all__ = ["MakesPatrols", "walk_along"]

STEP_S = 5


def walk_along(
    line: shapely.LineString,
    walked_m: tuple[float, float],
    *,
    starts: datetime,
    pace_mps: float = 1.2,
    error_m: float = 4.0,
    aside_m: float = 5.0,
    seed: int = 1,
    **other: Any,
) -> Track:
    """Fixes every 5 s of somebody who walks ``line`` between two distances, stops now and then and looks
    around.
    """
    rng = np.random.default_rng(seed)
    degrees = shapely.get_coordinates(line)
    plane = Projection.around(degrees[:, 0], degrees[:, 1])
    path = shapely.LineString(np.column_stack(plane.forward(degrees[:, 0], degrees[:, 1])))
    begin, end = walked_m
    along = [begin]
    pace = pace_mps
    while abs(along[-1] - begin) < abs(end - begin) and len(along) < 20_000:
        pace += 0.2 * (pace_mps - pace) + rng.normal(0, 0.15)
        stands = rng.random() < 0.04
        along.append(along[-1] + np.sign(end - begin) * (0.0 if stands else max(pace, 0.1) * STEP_S))
    places = shapely.line_interpolate_point(path, np.clip(np.array(along), 0, path.length))
    n = len(along)
    drift = np.zeros((n, 2))
    for i in range(1, n):
        drift[i] = 0.95 * drift[i - 1] + rng.normal(0, error_m * 0.3, 2)
    x = shapely.get_x(places) + drift[:, 0] + rng.normal(0, 0.5, n)
    y = shapely.get_y(places) + drift[:, 1] + rng.normal(0, 0.5, n) + aside_m
    lon, lat = plane.inverse(x, y)
    t_ms = round(starts.timestamp() * 1000) + np.arange(n, dtype=np.int64) * STEP_S * 1000
    acc = np.round(np.clip(rng.normal(6, 1.5, n), 3, 20), 1)
    return Track(t_ms, lon, lat, acc, **other)


class MakesPatrols(MakesRegistry):
    """Part of ``make``: areas with their keepers, patrols as sent and as taken in, policies."""

    def keeper(self, area: Area, **appointment: Any) -> User:
        """An account whose person is chief of that very area (or of all ``areas``)."""
        person = self.person(area.division)
        areas = appointment.pop("areas", None) or [area]
        kind = appointment.pop("kind", "chief")
        post = self.post(kind, area.level, "river" if area.kind == "reach" else "forest")
        self.appointment(person, post, areas=areas, **appointment)
        return self.user(person)

    def policy(self, key: str, value: Any, division: str = "", **fields: Any) -> Policy:
        """A local number, everywhere or from a division down."""
        return Policy.objects.create(
            key=key,
            value=value,
            division=self.division(division) if division else None,
            since=fields.pop("since", self.today.replace(year=2020)),
            source="测试",
            **fields,
        )

    def track(
        self,
        area: Area,
        walked_m: tuple[float, float] = (0, 1_900),
        starts: datetime | None = None,
        **walk: Any,
    ) -> Track:
        """A walk along an area's line; round a forest unit along its boundary."""
        line = shapely.from_wkb(bytes(area.shapes.get(until=None).wkb))
        line = line.exterior if line.geom_type == "Polygon" else line
        walk.setdefault("seed", next(self._numbers))
        return walk_along(line, walked_m, starts=starts or self.now - timedelta(hours=3), **walk)

    def sent(
        self,
        area: Area | None,
        walked_m: tuple[float, float] = (0, 1_900),
        *,
        track: Track | None = None,
        areas: Sequence[Area] | None = None,
        **fields: Any,
    ) -> PatrolSent:
        """A patrol as a phone sends it, three hours before ``make.now`` unless ``starts`` says otherwise."""
        named = areas if areas is not None else [area] if area is not None else []
        walk = {
            name: fields.pop(name) for name in ("starts", "pace_mps", "seed", "error_m") if name in fields
        }
        if track is None:
            track = self.track(area or named[0], walked_m, **walk)
        fields.setdefault("uuid", uuid.uuid4())
        fields.setdefault("started_at", moment(track.t_ms[0]))
        fields.setdefault("ended_at", moment(track.t_ms[-1]))
        return patrol_sent(areas=[each.code for each in named], track=track, **fields)

    def patrol(
        self,
        area: Area,
        walked_m: tuple[float, float] = (0, 1_900),
        *,
        by: User | None = None,
        at: datetime | None = None,
        **sent: Any,
    ) -> Patrol:
        """A patrol taken in, sent by ``by`` (a chief appointed to the area)."""
        by = by or self.keeper_of(area)
        patrol, _is_new = patrol_submit(
            sent=self.sent(area, walked_m, **sent), by=self.actor(by, "api"), at=at or self.now
        )
        return patrol

    def keeper_of(self, area: Area) -> User:
        """The area's chief: the one appointed to it, or a new one."""
        person = Person.objects.filter(
            appointments__remit__parts__area=area, appointments__post__kind="chief", user__isnull=False
        ).first()
        return person.user if person is not None else self.keeper(area)


def moment(t_ms: int) -> datetime:
    """The moment of a fix."""
    from datetime import UTC

    return datetime.fromtimestamp(int(t_ms) / 1000, UTC)
