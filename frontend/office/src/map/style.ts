/** The map's style, made of the page's tokens. No outside server: no glyphs, no sprite, no tiles. */
import type { ExpressionSpecification, FilterSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import { AREA_STATES, type Look, PARTS } from "../../../shared/src/looks.ts";
import { token } from "../dom.ts";
import { anchors } from "./anchors.ts";
import { type Source, told } from "./contract.ts";

/** Without `glyphs` MapLibre draws every letter from this machine's fonts, Latin and digits too. */
const FONT = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "sans-serif"];
const NOBODY = "#000000";

export interface Sources {
  base: Source;
  data: Source;
  tiandituKey: string;
  language: string;
}

/** Layers whose features count as drawn and can be pointed at. */
export const DATA_LAYERS = ["area-fill", "area-line", "area-line-sketch", "area-point", "facility", "part-fill", "part-line", "part-line-asleep", "part-point", "track"];
export const HIT_LAYERS = ["area-hit", "area-fill", "area-point", "facility"];

const is = (layer: string, ...more: FilterSpecification[]): FilterSpecification =>
  ["all", ["==", ["get", "layer"], layer], ...more] as FilterSpecification;
const shape = (...types: string[]): FilterSpecification => ["in", ["geometry-type"], ["literal", types]] as FilterSpecification;
const LINES = shape("LineString", "MultiLineString");
const SURFACES = shape("Polygon", "MultiPolygon");
const POINTS = shape("Point", "MultiPoint");
const SKETCH: FilterSpecification = ["==", ["get", "sketch"], true];
const SURVEYED: FilterSpecification = ["!=", ["get", "sketch"], true];
const byZoom = (...stops: number[]): ExpressionSpecification => ["interpolate", ["linear"], ["zoom"], ...stops] as ExpressionSpecification;

function byLook(property: string, looks: Readonly<Record<string, Look>>, other: string): ExpressionSpecification {
  const cases = Object.entries(looks).flatMap(([code, look]) => [code, token(look.token)]);
  return ["match", ["get", property], ...cases, other] as unknown as ExpressionSpecification;
}

export function style(sources: Sources): StyleSpecification {
  const made: StyleSpecification = {
    version: 8,
    transition: { duration: 0, delay: 0 },
    sources: {
      base: { type: "geojson", data: sources.base, tolerance: 0.5 },
      data: { type: "geojson", data: sources.data, tolerance: 0.2 },
      names: { type: "geojson", data: anchors(sources.base, sources.data) },
    },
    // Where no division is drawn, nothing is outside.
    layers: [{ id: "ground", type: "background", paint: { "background-color": token(hasLand(sources) ? "--sh-map-ground" : "--sh-map-land") } }],
  };
  if (sources.tiandituKey) {
    for (const [name, set] of [["vec", "w"], [sources.language.startsWith("zh") ? "cva" : "eva", "w"]] as const) {
      made.sources[name] = tianditu(name, set, sources.tiandituKey);
      made.layers.push({ id: name, type: "raster", source: name });
    }
  }
  made.layers.push(...ground("base"), ...ground("data"), ...areas(), ...patrol(), waterName("base"), waterName("data"), ...names());
  return made;
}

const hasLand = (sources: Sources): boolean =>
  [sources.base, sources.data].some((source) => source.features.some((each) => told(each).layer === "division" && each.geometry?.type.endsWith("Polygon")));

function tianditu(name: string, set: string, key: string): StyleSpecification["sources"][string] {
  const hosts = [0, 1, 2, 3].map((n) => `https://t${n}.tianditu.gov.cn/${name}_${set}/wmts`);
  const query = `SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${name}&STYLE=default&TILEMATRIXSET=${set}&FORMAT=tiles`;
  const tiles = hosts.map((host) => `${host}?${query}&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=${encodeURIComponent(key)}`);
  return { type: "raster", tiles, tileSize: 256, maxzoom: 18, attribution: "天地图" };
}

/** Divisions and waters: quiet, beneath everything. */
function ground(source: string): LayerSpecification[] {
  const line = token("--sh-map-boundary");
  const water = token("--sh-map-water");
  const at = (suffix: string): string => `${source}-${suffix}`;
  const levels: FilterSpecification = ["in", ["get", "level"], ["literal", ["township", "village"]]];
  return [
    { id: at("division-fill"), type: "fill", source, filter: is("division", SURFACES), paint: { "fill-color": token("--sh-map-land") } },
    { id: at("water-fill"), type: "fill", source, filter: is("water", SURFACES), paint: { "fill-color": water, "fill-opacity": 0.6 } },
    {
      id: at("division-line-low"), type: "line", source, filter: is("division", levels),
      paint: { "line-color": line, "line-width": 0.75, "line-dasharray": [3, 2] },
    },
    {
      id: at("division-line"), type: "line", source, filter: is("division", ["!", levels] as FilterSpecification, ["!=", ["get", "cut"], true]),
      layout: { "line-join": "round" },
      paint: { "line-color": line, "line-width": ["match", ["get", "level"], "province", 2, "prefecture", 1.75, 1.1] },
    },
    {
      id: at("water-line"), type: "line", source, filter: is("water", LINES, SURVEYED),
      layout: { "line-join": "round", "line-cap": "round" },
      paint: { "line-color": water, "line-width": byZoom(4, 1, 9, 2, 14, 5) },
    },
    {
      id: at("water-line-sketch"), type: "line", source, filter: is("water", LINES, SKETCH),
      layout: { "line-join": "round" },
      paint: { "line-color": water, "line-width": byZoom(4, 1, 9, 2, 14, 5), "line-dasharray": [2.5, 1.5] },
    },
  ];
}

/** Areas, coloured by their state; a sketch is dashed; each carries its state's icon. */
function areas(): LayerSpecification[] {
  const colour = byLook("state", AREA_STATES, token("--sh-river"));
  const width = byZoom(6, 2, 10, 3.5, 14, 6);
  const source = "data";
  const round = { "line-join": "round", "line-cap": "round" } as const;
  return [
    { id: "area-fill", type: "fill", source, filter: is("area", SURFACES), paint: { "fill-color": colour, "fill-opacity": byZoom(8, 0.35, 14, 0.22) } },
    { id: "area-casing", type: "line", source, filter: is("area", LINES), layout: round, paint: { "line-color": token("--sh-paper"), "line-width": byZoom(6, 3.5, 10, 6, 14, 9.5) } },
    { id: "area-line", type: "line", source, filter: is("area", LINES, SURVEYED), layout: round, paint: { "line-color": colour, "line-width": width } },
    { id: "area-line-sketch", type: "line", source, filter: is("area", LINES, SKETCH), layout: { "line-join": "round" }, paint: { "line-color": colour, "line-width": width, "line-dasharray": [2.2, 0.9] } },
    { id: "area-edge", type: "line", source, filter: is("area", SURFACES, SURVEYED), layout: round, paint: { "line-color": colour, "line-width": byZoom(8, 1, 14, 2.25) } },
    { id: "area-edge-sketch", type: "line", source, filter: is("area", SURFACES, SKETCH), paint: { "line-color": colour, "line-width": byZoom(8, 1, 14, 2.25), "line-dasharray": [3, 2] } },
    { id: "area-hover", type: "line", source, filter: is("area", ["==", ["get", "code"], ""]), layout: round, paint: { "line-color": token("--sh-ink"), "line-width": byZoom(6, 4, 14, 8), "line-opacity": 0.55 } },
    { id: "area-hit", type: "line", source, filter: is("area", ["!", POINTS] as FilterSpecification), paint: { "line-color": NOBODY, "line-opacity": 0, "line-width": 20 } },
    { id: "area-point", type: "circle", source, filter: is("area", POINTS), paint: { "circle-color": colour, "circle-radius": byZoom(6, 3, 12, 6), "circle-stroke-color": token("--sh-paper"), "circle-stroke-width": 1.5 } },
    { id: "facility", type: "circle", source, filter: is("facility", POINTS), paint: { "circle-color": token("--sh-paper"), "circle-radius": byZoom(8, 2.5, 14, 5), "circle-stroke-color": token("--sh-ink-soft"), "circle-stroke-width": 2 } },
  ];
}

/** A patrol: the reach walked, skipped or unknown since the phone slept; the track thin on top. */
function patrol(): LayerSpecification[] {
  const colour = byLook("part", PARTS, token("--sh-grey-mark"));
  const source = "data";
  const asleep: FilterSpecification = ["==", ["get", "part"], "asleep"];
  const awake: FilterSpecification = ["!=", ["get", "part"], "asleep"];
  const width = byZoom(8, 4, 13, 8, 16, 12);
  return [
    { id: "part-fill", type: "fill", source, filter: is("part", SURFACES), paint: { "fill-color": colour, "fill-opacity": 0.35, "fill-outline-color": colour } },
    { id: "part-casing", type: "line", source, filter: is("part", LINES), layout: { "line-join": "round" }, paint: { "line-color": token("--sh-paper"), "line-width": byZoom(8, 6, 13, 11, 16, 15) } },
    { id: "part-line", type: "line", source, filter: is("part", LINES, awake), layout: { "line-join": "round" }, paint: { "line-color": colour, "line-width": width, "line-opacity": 0.9 } },
    { id: "part-line-asleep", type: "line", source, filter: is("part", LINES, asleep), paint: { "line-color": colour, "line-width": width, "line-dasharray": [0.8, 0.6] } },
    { id: "part-point", type: "circle", source, filter: is("part", POINTS), paint: { "circle-color": colour, "circle-radius": 7, "circle-stroke-color": token("--sh-paper"), "circle-stroke-width": 2 } },
    { id: "track", type: "line", source, filter: is("track", LINES), layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": token("--sh-ink"), "line-width": byZoom(8, 1, 14, 1.75) } },
    { id: "dropped", type: "circle", source, filter: is("dropped"), paint: { "circle-color": token("--sh-paper"), "circle-radius": 2.5, "circle-stroke-color": token("--sh-ink-soft"), "circle-stroke-width": 1 } },
  ];
}

const HALO = (): Record<string, unknown> => ({ "text-halo-color": token("--sh-map-land"), "text-halo-width": 1.75 });
const TEXT = { "text-field": ["get", "name"] as ExpressionSpecification, "text-font": FONT };

function waterName(source: string): LayerSpecification {
  return {
    id: `${source}-water-name`, type: "symbol", source, minzoom: 6, filter: is("water", LINES),
    layout: { ...TEXT, "text-size": byZoom(6, 11, 12, 13), "symbol-placement": "line", "symbol-spacing": 400, "text-letter-spacing": 0.15 },
    paint: { "text-color": token("--sh-map-water-name"), ...HALO() },
  };
}

/** Names and icons, the more important ones last: the map places those first. */
function names(): LayerSpecification[] {
  const source = "names";
  const rank: ExpressionSpecification = ["match", ["get", "level"], "province", 0, "prefecture", 1, "county", 2, "township", 3, 4];
  return [
    {
      id: "division-name", type: "symbol", source, filter: is("division"),
      layout: {
        ...TEXT, "text-size": ["match", ["get", "level"], "province", 15, "prefecture", 14, "county", 13, 12],
        "text-letter-spacing": 0.08, "text-max-width": 8, "symbol-sort-key": rank,
      },
      paint: { "text-color": token("--sh-map-name"), ...HALO() },
    },
    {
      id: "area-name", type: "symbol", source, minzoom: 10, filter: is("area"),
      layout: { ...TEXT, "text-size": 12.5, "text-anchor": "top", "text-offset": [0, 0.95], "text-max-width": 9 },
      paint: { "text-color": token("--sh-ink"), ...HALO() },
    },
    {
      id: "area-icon", type: "symbol", source, minzoom: 7, filter: is("area", ["has", "state"]),
      layout: { "icon-image": ["concat", "state-", ["get", "state"]], "icon-size": byZoom(7, 0.75, 10, 1), "icon-padding": 0 },
    },
  ];
}
