"""The quick way through a file and the thorough one read the same, or the quick one declines."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shanhe.kernel.errors import Refusal
from shanhe.kernel.tracks.formats import gpx, read_track, table

TIMES = (
    "2026-05-01T00:00:00Z",
    "2026-05-01T08:00:07+08:00",
    "1777593609",
    "2026-05-01T00:00:08.500Z",
    " 2026-05-01T00:00:09Z ",
    "2026-05-01T00:00Z",
    "2026-13-01T00:00:00Z",
    "noon",
    "",
)
NUMBERS = ("117.0", "1.17e2", " 117.25", "-30", "nan", "", "1_000", "0x10", "９")
times = st.one_of(st.just(TIMES[0]), st.sampled_from(TIMES))
numbers = st.one_of(st.just("30.5"), st.sampled_from(NUMBERS))
rows = st.lists(st.tuples(times, numbers, numbers), min_size=1, max_size=6)


def outcome(read, *args):
    try:
        track = read(*args)
    except Refusal as refusal:
        return refusal.code, {name: str(why) for name, why in refusal.fields.items()}
    lists = [track.t_ms.tolist(), track.lon.tolist(), track.lat.tolist(), tuple(track.segments)]
    return (*lists, None if track.acc is None else np.nan_to_num(track.acc, nan=-1).tolist())


POINTS = (
    '<trkpt lat="{y}" lon="{x}"><time>{t}</time></trkpt>',
    '<trkpt lon="{x}" lat="{y}"><ele>3</ele><time>{t}</time></trkpt>',
    '<trkpt lat="{y}" lon="{x}"/>',
    "<trkpt lat='{y}' lon='{x}'><time>{t}</time></trkpt>",
    '<trkpt lat="{y}" lon="{x}"><!-- <time>0</time> --><time>{t}</time></trkpt>',
    '<trkpt lat="{y}" lon="{x}"><extensions><time>5</time></extensions><time>{t}</time></trkpt>',
    '<wpt lat="1" lon="1"><time>{t}</time></wpt>',
    "</trkseg><trkseg>",
    "<![CDATA[<trkpt>]]>",
    "<?x <trkpt ?>",
    "</trkpt>",
)


@settings(max_examples=300, deadline=None)
@given(rows=rows, shapes=st.lists(st.sampled_from(POINTS), min_size=1, max_size=4))
def test_gpx_reads_the_same_either_way(rows, shapes):
    points = "".join(shapes[i % len(shapes)].format(t=t, x=x, y=y) for i, (t, x, y) in enumerate(rows))
    text = f'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'
    thorough = outcome(lambda: gpx._point_by_point(gpx._parsed(text), None))
    assert outcome(read_track, "t.gpx", text.encode()) == thorough


@settings(max_examples=300, deadline=None)
@given(rows=rows, accuracy=st.sampled_from(["5", "", "nan", "good"]))
def test_csv_reads_the_same_either_way(rows, accuracy):
    where = {"time": 0, "lon": 1, "lat": 2, "accuracy": 3}
    cells = [[t, x, y, accuracy] for t, x, y in rows]
    text = "time,lon,lat,accuracy\n" + "".join(",".join(row) + "\n" for row in cells)
    numbered = [(number, row) for number, row in enumerate(cells, start=2) if any(row)]
    thorough = outcome(table._row_by_row, numbered, where, None)
    assert outcome(read_track, "t.csv", text.encode()) == thorough
