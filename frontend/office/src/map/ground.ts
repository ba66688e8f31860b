/**
 * The ground under the view: asked for anew when the map is moved out of the box it was made for, or so far into it that
 * its lines are no longer true.
 */
import type { LngLatBounds } from "maplibre-gl";
import { json } from "../dom.ts";
import type { Source } from "./contract.ts";

type Box = [number, number, number, number];

/** How far beyond its own zoom a ground's lines are true enough. */
const CLOSER = 1.75;
/** Boxes are widened to a raster of this share of the view, so that small moves ask for the same one again. */
const RASTER = 0.25;

export class Ground {
  private asking: AbortController | null = null;

  constructor(private shown: Source, private readonly take: (ground: Source) => void) {}

  /** After each move. */
  async follow(view: LngLatBounds, zoom: number): Promise<void> {
    const { more } = this.shown;
    const box = within(view);
    if (!more || !box || this.serves(box, zoom)) return;
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    try {
      const ground = await json<Source>(`${more}?bbox=${widened(box).join(",")}`, asking.signal);
      if (asking.signal.aborted) return;
      const attribution = this.shown.attribution;
      this.shown = attribution ? { attribution, ...ground } : ground;
      this.take(this.shown);
    } catch {
      // What is drawn stays: orientation only.
    }
  }

  private serves(box: Box, zoom: number): boolean {
    const own = this.shown.bbox;
    if (!own || this.shown.zoom === undefined) return true;
    const holds = own[0] <= box[0] && own[1] <= box[1] && own[2] >= box[2] && own[3] >= box[3];
    return holds && zoom <= this.shown.zoom + CLOSER;
  }
}

/** The view as a box; null where it holds half the world. */
function within(view: LngLatBounds): Box | null {
  const box: Box = [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()];
  if (box[2] - box[0] > 90) return null;
  return [Math.max(box[0], -179), Math.max(box[1], -84), Math.min(box[2], 179), Math.min(box[3], 84)];
}

function widened([west, south, east, north]: Box): Box {
  const step = 2 ** Math.ceil(Math.log2(Math.max(east - west, north - south) * RASTER));
  const low = (value: number): number => Math.floor(value / step) * step;
  const high = (value: number): number => Math.ceil(value / step) * step;
  return [Math.max(low(west), -180), Math.max(low(south), -85), Math.min(high(east), 180), Math.min(high(north), 85)];
}
