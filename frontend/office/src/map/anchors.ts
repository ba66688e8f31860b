/**
 * Where a feature's name and icon stand: one point each. Left to itself the map would label a polygon once in every tile
 * that it is cut into.
 */
import type { Feature, Geometry, Point } from "geojson";
import { distance, length, type Position, ringArea } from "../../../shared/src/geodesy.ts";
import { type Source, told } from "./contract.ts";

const NAMED = new Set(["division", "area"]);

export function anchors(...sources: Source[]): Source {
  const features = sources
    .flatMap((source) => source.features)
    .filter((feature) => NAMED.has(told(feature).layer) && told(feature).name)
    .flatMap((feature) => {
      const at = anchor(feature.geometry);
      return at ? [{ type: "Feature", properties: feature.properties, geometry: { type: "Point", coordinates: [at[0], at[1]] } } as Feature<Point>] : [];
    });
  return { type: "FeatureCollection", features };
}

function anchor(shape: Geometry | null): Position | null {
  switch (shape?.type) {
    case "Point": return shape.coordinates as unknown as Position;
    case "MultiPoint": return (shape.coordinates[0] as unknown as Position) ?? null;
    case "LineString": return middle(shape.coordinates as unknown as Position[]);
    case "MultiLineString": return middle(longest(shape.coordinates as unknown as Position[][], length));
    case "Polygon": return inside((shape.coordinates[0] ?? []) as unknown as Position[]);
    case "MultiPolygon": return inside(longest(shape.coordinates.map((rings) => rings[0] ?? []) as unknown as Position[][], ringArea));
    default: return null;
  }
}

function longest(parts: Position[][], size: (part: Position[]) => number): Position[] {
  return parts.reduce((best, part) => (size(part) > size(best) ? part : best), parts[0] ?? []);
}

/** The point half-way along a line. */
function middle(line: readonly Position[]): Position | null {
  let left = length(line) / 2;
  for (let i = 0; i + 1 < line.length; i++) {
    const [a, b] = [line[i] as Position, line[i + 1] as Position];
    const step = distance(a, b);
    if (step >= left && step > 0) return [a[0] + ((b[0] - a[0]) * left) / step, a[1] + ((b[1] - a[1]) * left) / step];
    left -= step;
  }
  return line[0] ?? null;
}

/** A point well inside a ring: half-way across its widest part on one of several rows. */
function inside(ring: readonly Position[]): Position | null {
  if (ring.length < 4) return ring[0] ?? null;
  const south = Math.min(...ring.map((p) => p[1]));
  const north = Math.max(...ring.map((p) => p[1]));
  let best: { at: Position; score: number } | null = null;
  for (const share of [0.5, 0.42, 0.58, 0.34, 0.66, 0.25, 0.75]) {
    const lat = south + (north - south) * share;
    const cuts = crossings(ring, lat);
    for (let i = 0; i + 1 < cuts.length; i += 2) {
      const [west, east] = [cuts[i] as number, cuts[i + 1] as number];
      const score = (east - west) * (1 - Math.abs(share - 0.5)); // near the middle rather than at the tip
      if (!best || score > best.score) best = { at: [(west + east) / 2, lat], score };
    }
  }
  return best?.at ?? (ring[0] as Position);
}

function crossings(ring: readonly Position[], lat: number): number[] {
  const cuts: number[] = [];
  for (let i = 0; i + 1 < ring.length; i++) {
    const [a, b] = [ring[i] as Position, ring[i + 1] as Position];
    if (a[1] > lat !== b[1] > lat) cuts.push(a[0] + ((lat - a[1]) / (b[1] - a[1])) * (b[0] - a[0]));
  }
  return cuts.sort((x, y) => x - y);
}
