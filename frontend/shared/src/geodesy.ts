/**
 * Lengths and areas of drawn shapes, for showing while somebody draws. The server measures again on the ellipsoid.
 *
 * Positions are [longitude, latitude] in degrees. On the sphere of the same surface the error stays below 0.5 %.
 */
import type { Geometry } from "geojson";

export type Position = readonly [number, number, ...number[]];

const RADIUS_M = 6_371_007.2; // sphere with the surface of GRS 80
const RADIANS = Math.PI / 180;

/** Great-circle distance in metres. */
export function distance(a: Position, b: Position): number {
  const dLat = (b[1] - a[1]) * RADIANS;
  const dLon = (b[0] - a[0]) * RADIANS;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a[1] * RADIANS) * Math.cos(b[1] * RADIANS) * Math.sin(dLon / 2) ** 2;
  return 2 * RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Length of a line in metres. */
export function length(line: readonly Position[]): number {
  return line.slice(1).reduce((sum, here, index) => sum + distance(line[index] as Position, here), 0);
}

/** Area within a closed ring in m², whichever way it runs round. */
export function ringArea(ring: readonly Position[]): number {
  let doubled = 0;
  for (let i = 0; i + 1 < ring.length; i++) {
    const [a, b] = [ring[i] as Position, ring[i + 1] as Position];
    doubled += (b[0] - a[0]) * RADIANS * (2 + Math.sin(a[1] * RADIANS) + Math.sin(b[1] * RADIANS));
  }
  return Math.abs((doubled * RADIUS_M ** 2) / 2);
}

/** West, south, east, north of all positions in nested coordinate arrays; null when there are none. */
export function bounds(shapes: Iterable<Geometry | null>): [number, number, number, number] | null {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const shape of shapes) for (const [lon, lat] of positions(shape)) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  return box[0] <= box[2] ? box : null;
}

/** Every position of a geometry. */
export function* positions(shape: Geometry | null): Generator<Position> {
  if (shape === null) return;
  if (shape.type === "GeometryCollection") {
    for (const part of shape.geometries) yield* positions(part);
    return;
  }
  yield* flattened(shape.coordinates);
}

function* flattened(nested: unknown): Generator<Position> {
  if (!Array.isArray(nested)) return;
  if (typeof nested[0] === "number") yield nested as unknown as Position;
  else for (const inner of nested) yield* flattened(inner);
}
