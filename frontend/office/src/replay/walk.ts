/** The walk as the server tells it, and where somebody was at a moment. */
export type Fix = [t_s: number, lon: number | null, lat: number | null, walked_m: number, speed_mps: number];

export interface Stretch {
  part: "walked" | "skipped" | "asleep" | "accepted";
  from_m: number | null;
  to_m: number | null;
  from_s: number | null;
  to_s: number | null;
}

export interface Shot {
  t_s: number;
  place: [number, number] | null;
  name: string;
  picture: string;
  url: string;
}

export interface Walk {
  started_at: string;
  fixes: Fix[];
  stretches: Stretch[];
  photos: Shot[];
}

export interface Here {
  place: [number, number] | null;
  walked_m: number;
  speed_mps: number;
}

/** Between two fixes the straight line; before the first and after the last one, these. */
export function hereAt(fixes: Fix[], seconds: number): Here {
  let low = 0;
  let high = fixes.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((fixes[middle] as Fix)[0] <= seconds) low = middle;
    else high = middle;
  }
  const [t0, lon0, lat0, d0] = fixes[low] as Fix;
  const [t1, lon1, lat1, d1, speed] = fixes[high] as Fix;
  const share = Math.min(Math.max((seconds - t0) / Math.max(t1 - t0, 1e-6), 0), 1);
  const isKnown = lon0 !== null && lat0 !== null && lon1 !== null && lat1 !== null;
  return {
    place: isKnown ? [lon0 + share * (lon1 - lon0), lat0 + share * (lat1 - lat0)] : null,
    walked_m: d0 + share * (d1 - d0),
    speed_mps: speed,
  };
}
