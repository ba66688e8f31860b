/**
 * What a map's source is: one GeoJSON FeatureCollection.
 *
 * `properties.layer` says what a feature is: division, water, area (the default), facility; for a patrol: part, track,
 * dropped, start, end, photo. The other properties are optional and named here. Members beside `features`: `as_of`
 * (text), `attribution` (text), `bbox`.
 */
import type { Feature, FeatureCollection } from "geojson";

export type Layer =
  | "division" | "water" | "area" | "facility"
  | "part" | "track" | "dropped" | "start" | "end" | "photo";

export interface Told {
  layer: Layer;
  code?: string;
  name?: string;
  /** division: province, prefecture, county, township, village. */
  level?: string;
  /** area: a key of AREA_STATES; part: a verdict's. */
  state?: string;
  /** part: walked, skipped, asleep. */
  part?: string;
  /** division: the patch ends where the ground does, so its outline is no boundary. */
  cut?: boolean;
  /** facility: a kilometre mark. */
  mark?: boolean;
  /** Drawn for orientation, not surveyed. */
  sketch?: boolean;
  url?: string;
  /** A second line for the popup: the keeper, the last visit. */
  note?: string;
  photo?: string;
}

export interface Source extends FeatureCollection {
  as_of?: string;
  attribution?: string;
  /** A ground's box, the zoom it was made for, and the address that answers `bbox=` for other boxes. */
  bbox?: [number, number, number, number];
  zoom?: number;
  more?: string;
}

export const EMPTY: Source = { type: "FeatureCollection", features: [] };

export const told = (feature: Pick<Feature, "properties">): Told => (feature.properties ?? {}) as Told;

/** The source with `layer` on every feature, so that style filters need not know the default. */
export function completed(source: Source): Source {
  for (const feature of source.features) {
    const properties = (feature.properties ??= {});
    properties.layer ??= properties.part ? "part" : "area";
  }
  return source;
}
