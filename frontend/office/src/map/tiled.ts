/**
 * More areas than one file should hold: their lines come as vector tiles, which everybody may see, and how they stand
 * as one scoped list of codes. Lines without a state lie outside the reader's scope or filters and are not drawn. Close
 * by, the areas of the view come as they do on small maps, with icons, keepers and last visits.
 */
import type { ExpressionSpecification, FilterSpecification, LayerSpecification, LngLatBounds, Map as MapView, StyleSpecification } from "maplibre-gl";
import { AREA_STATES } from "../../../shared/src/looks.ts";
import { json, token } from "../dom.ts";
import { EMPTY, type Source } from "./contract.ts";

export const TILED = "tiled";
/** From here on the view holds so few areas that they come with all that is told of them. */
const CLOSE_FROM = 12;
const LAYER = "areas";
/** Until the states are there, every line is shown, faintly. */
const WAITING = 0.35;
const MOST_ZOOM = 14;

interface States {
  as_of: string;
  states: Record<string, string[]>;
}

/** What the style needs: the source of the tiles and layers painted by feature state. */
export function withTiles(made: StyleSpecification, tiles: string): StyleSpecification {
  made.sources[TILED] = { type: "vector", tiles: [new URL(tiles, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}")], maxzoom: MOST_ZOOM, promoteId: "code" };
  const before = made.layers.findIndex((layer) => layer.id === "area-fill");
  made.layers.splice(before, 0, ...layers());
  return made;
}

function layers(): LayerSpecification[] {
  const looks = Object.entries(AREA_STATES).flatMap(([code, look]) => [code, token(look.token)]);
  const state: ExpressionSpecification = ["coalesce", ["feature-state", "state"], ""];
  const colour = ["match", state, ...looks, token("--sh-grey-mark")] as unknown as ExpressionSpecification;
  const shape = (...types: string[]): FilterSpecification => ["in", ["geometry-type"], ["literal", types]] as FilterSpecification;
  const lines = shape("LineString", "MultiLineString");
  const surfaces = shape("Polygon", "MultiPolygon");
  const width: ExpressionSpecification = ["interpolate", ["linear"], ["zoom"], 4, 1, 8, 2, 12, 4];
  const of = { source: TILED, "source-layer": LAYER };
  return [
    { id: "tiled-fill", type: "fill", ...of, filter: surfaces, paint: { "fill-color": colour, "fill-opacity": WAITING } },
    { id: "tiled-line", type: "line", ...of, filter: lines, layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": colour, "line-width": width, "line-opacity": WAITING } },
    { id: "tiled-edge", type: "line", ...of, filter: surfaces, paint: { "line-color": colour, "line-width": 1, "line-opacity": WAITING } },
    { id: "tiled-point", type: "circle", ...of, filter: shape("Point", "MultiPoint"), paint: { "circle-color": colour, "circle-radius": 3, "circle-opacity": WAITING } },
  ];
}

const OPACITY = { "tiled-fill": ["fill-opacity", 0.35], "tiled-line": ["line-opacity", 0.95], "tiled-edge": ["line-opacity", 0.9], "tiled-point": ["circle-opacity", 1] } as const;
export const TILED_LAYERS: readonly string[] = Object.keys(OPACITY);

export class Tiled {
  private states: States = { as_of: "", states: {} };
  private asking: AbortController | null = null;
  private isClose = false;

  constructor(
    private readonly view: MapView,
    private readonly addresses: { areas: string; states: string },
    private readonly take: (areas: Source) => Promise<void>,
  ) {}

  /** Ask how all areas stand and paint them; the lines are there already. */
  async load(): Promise<void> {
    this.states = await json<States>(this.addresses.states);
    this.paint();
  }

  /** Again after a new style: it forgets the states of its features. */
  paint(): void {
    if (!this.view.getSource(TILED)) return;
    this.view.removeFeatureState({ source: TILED, sourceLayer: LAYER });
    for (const [state, codes] of Object.entries(this.states.states)) {
      for (const id of codes) this.view.setFeatureState({ source: TILED, sourceLayer: LAYER, id }, { state });
    }
    for (const [name, [property, opacity]] of Object.entries(OPACITY)) {
      if (!this.view.getLayer(name)) continue;
      this.view.setLayoutProperty(name, "visibility", this.isClose ? "none" : "visible");
      if (this.states.as_of) this.view.setPaintProperty(name, property, ["case", ["==", ["coalesce", ["feature-state", "state"], ""], ""], 0, opacity]);
    }
  }

  /** How many areas stand how, on the whole map. */
  get counts(): ReadonlyMap<string, number> {
    return new Map(Object.entries(this.states.states).map(([state, codes]) => [state, codes.length]));
  }

  get asOf(): string {
    return this.states.as_of;
  }

  /** After each move: close by, ask for the areas of the view; far out, let the tiles stand for them. */
  async follow(view: LngLatBounds, zoom: number): Promise<void> {
    this.asking?.abort();
    if (zoom < CLOSE_FROM) {
      if (this.isClose) await this.swap(false, EMPTY);
      return;
    }
    const asking = (this.asking = new AbortController());
    try {
      const areas = await json<Source>(this.at(`bbox=${[view.getWest(), view.getSouth(), view.getEast(), view.getNorth()].join(",")}`), asking.signal);
      if (!asking.signal.aborted) await this.swap(true, areas);
    } catch {
      // The tiles stay.
    }
  }

  /** One area with its place, keeper and last visit. */
  async one(code: string): Promise<Source> {
    return json<Source>(this.at(`code=${encodeURIComponent(code)}`));
  }

  private at(query: string): string {
    return `${this.addresses.areas}${this.addresses.areas.includes("?") ? "&" : "?"}${query}`;
  }

  private async swap(isClose: boolean, areas: Source): Promise<void> {
    this.isClose = isClose;
    await this.take(areas);
    this.paint();
  }
}
