"""Cases with known truth: honest kinds, fakes, and what to expect of each."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from shanhe.kernel.geo.datum import wgs84_to_gcj02
from shanhe.kernel.tracks import Area, Earlier, Track
from truth.adversary import ADVERSARY
from truth.copies import COPIED, NEIGHBOURS, PASSED_ON
from truth.fakes import FAKES
from truth.histories import COMPANY, REPLAYED, SHARED, Told
from truth.honest import HONEST
from truth.outings import Outing, moving_mps, outing, sections
from truth.phones import DYKE, PHONES
from truth.reaches import reach_of
from truth.recordings import Recording

__all__ = ["BEYOND", "Case", "cases_of", "honest_pace"]

#: Programs that do not keep one speed. The contract's fakes do; these are counted apart.
BEYOND = frozenset(
    (
        "random_speed_mock",
        "waving_speed_mock",
        "breathing_speed",
        "step_speed_uniform",
        "step_speed_normal",
        "two_speeds",
        "with_pauses",
        "playback",
        "vertex_a_tick",
    )
)
BICYCLE_MPS = 7.0  # interfaces.md: a bicycle, sustained up to 7 m/s or so, is honest


@dataclass(frozen=True, slots=True)
class Case:
    """One patrol with its area and what came before it."""

    kind: str
    is_honest: bool
    source: str
    recorder: str
    area: Area
    track: Track
    history: tuple[Earlier, ...] = ()


def honest_pace(way: Outing) -> bool:
    """Whether it goes at most as fast as the contract's bicycle: 7 m/s in the mean while moving, 9 m/s for
    two minutes.
    """
    grid = np.arange(0, way.t[-1] + 5, 10.0)
    along = way.at(grid).along
    fastest = (along[12:] - along[:-12]) / 120.0
    return float(np.mean(moving_mps(way))) <= BICYCLE_MPS and float(fastest.max(initial=0.0)) <= 9.0


def _seed(*words: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(repr(words).encode()))


def _shifted(way: Outing) -> Track:
    track = way.track()
    lon, lat = wgs84_to_gcj02(track.lon, track.lat)
    return replace(track, lon=lon, lat=lat)


def _told(case: Told) -> tuple[Track, tuple[Earlier, ...]]:
    before = Earlier(
        id="earlier",
        track=case.before.track(),
        same_holder=case.is_own,
        same_device=case.same_device,
        declared=case.is_declared,
    )
    return case.now.track(), (before,)


def cases_of(recording: Recording, seed: int = 1, most: int = 3) -> Iterator[Case]:
    """All kinds from up to ``most`` sections of one real track, and the whole of it; fakes need an honest
    source.
    """
    name, recorder = recording.name, recording.recorder
    if recording.mode == "defective":
        return
    rng = _seed(seed, name)
    if recording.mode == "vehicle":
        for way in [outing(recording, 0, len(recording.t)), *sections(recording, rng, most)]:
            if honest_pace(way):
                continue  # a car in a jam goes like a bicycle: nobody can tell
            yield Case("vehicle", False, name, recorder, reach_of(way, rng).area(), way.track())
        return
    whole = outing(recording, 0, len(recording.t))
    if honest_pace(whole):
        yield Case("whole", True, name, recorder, reach_of(whole, rng).area(), whole.track())
    for number, piece in enumerate(sections(recording, rng, most)):
        if not honest_pace(piece):
            continue
        # Laid on the plain of Chizhou, so that datum and projection are those of the country.
        way = replace(piece, lon0=117.0 + rng.uniform(-1, 1), lat0=30.1 + rng.uniform(-1, 1))
        yield from _section(recording, way, seed, number)


def _section(recording: Recording, way: Outing, seed: int, number: int) -> Iterator[Case]:
    name, recorder = recording.name, recording.recorder
    source = f"{name}#{number}"
    reach = reach_of(way, _seed(seed, source, "reach"))
    area = reach.area()
    for kind, vary in (HONEST | PHONES).items():
        if kind == "bicycle" and recording.mode == "bike":
            continue
        yield Case(kind, True, source, recorder, area, vary(way, _seed(seed, source, kind)).track())
    yield Case("gcj02", True, source, recorder, area, _shifted(way))
    for kind, vary in DYKE.items():
        straight = vary(way, _seed(seed, source, kind))
        yield Case(
            kind,
            True,
            source,
            recorder,
            reach_of(straight, _seed(seed, source, "line")).area(),
            straight.track(),
        )
    for kind, make in (FAKES | ADVERSARY).items():
        if kind == "playback" and len(reach.x) > 0.9 * len(way):
            continue  # a line that holds every fix of a walk is no map: to play it is a replay, see histories
        yield Case(kind, False, source, recorder, area, make(way, reach, _seed(seed, source, kind)).track())
    for kinds, is_honest in (
        (COMPANY | NEIGHBOURS, True),
        (REPLAYED | COPIED, False),
        (SHARED | PASSED_ON, False),
    ):
        for kind, tell in kinds.items():
            track, history = _told(tell(way, _seed(seed, source, kind)))
            yield Case(kind, is_honest, source, recorder, area, track, history)
