/**
 * Drawing and mending a reach, a grid or checkpoints. The shape goes as GeoJSON geometry into a form's hidden input
 * (`data-input`), at each change; what the input holds at first is what is mended.
 */
import type { Geometry, Position as GeoPosition } from "geojson";
import {
  type GeoJSONStoreFeatures, TerraDraw, TerraDrawLineStringMode, TerraDrawModeUndoRedo, TerraDrawPointMode, TerraDrawPolygonMode,
  TerraDrawSelectMode, TerraDrawSessionUndoRedo, TerraDrawUndoRedoKeyboardShortcuts, type HexColor,
} from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import { length, type Position, positions, ringArea } from "../../../shared/src/geodesy.ts";
import { metres, metricArea, mu } from "../../../shared/src/figures.ts";
import { element, token } from "../dom.ts";
import { icon } from "../icon.ts";
import { told } from "./contract.ts";
import type { OfficeMap } from "./view.ts";

type Kind = "line" | "polygon" | "points";
const MODES: Record<Kind, string> = { line: "linestring", polygon: "polygon", points: "point" };
const DRAW_ICON: Record<Kind, string> = { line: "draw-line", polygon: "draw-polygon", points: "draw-points" };
const SNAP_PX = 14;
const DECIMALS = 7; // about a centimetre

export function drawing(map: OfficeMap): void {
  const kind = map.frame.dataset.draw as Kind;
  const input = document.getElementById(map.frame.dataset.input ?? "") as HTMLInputElement | null;
  const tools = document.querySelector<HTMLElement>(`[data-draw-tools="${map.frame.id}"]`);
  if (!input || !tools || !(kind in MODES)) throw new Error(`data-draw="${kind}" needs data-input and its tools`);
  new Desk(map, kind, input, tools);
}

class Desk {
  private readonly draw: TerraDraw;
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly size = element("output", { class: "sh-draw-size", "aria-live": "polite" });
  private readonly help: HTMLElement | null;

  constructor(private readonly map: OfficeMap, private readonly kind: Kind, private readonly input: HTMLInputElement, tools: HTMLElement) {
    this.help = document.querySelector(`[data-draw-help="${map.frame.id}"]`);
    this.draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map: map.view, coordinatePrecision: DECIMALS }),
      modes: this.modes(),
      undoRedo: {
        modeLevel: new TerraDrawModeUndoRedo(),
        sessionLevel: new TerraDrawSessionUndoRedo(),
        keyboardShortcuts: new TerraDrawUndoRedoKeyboardShortcuts(),
      },
    });
    this.draw.start();
    const hadShape = this.put(parsed(input.value));
    this.lay(tools);
    this.draw.on("change", () => this.changed());
    this.draw.on("finish", (_id, context) => {
      if (context.action === "draw" && this.kind !== "points") this.mode("select");
      this.changed();
    });
    this.draw.on("history", () => this.enable());
    // Another script (an imported file) may put a shape into the input.
    input.addEventListener("shanhe:shape", () => this.replace(parsed(input.value)));
    this.mode(hadShape && this.kind !== "points" ? "select" : "draw");
    this.changed();
  }

  private modes(): (TerraDrawLineStringMode | TerraDrawPolygonMode | TerraDrawPointMode | TerraDrawSelectMode)[] {
    const accent = hex(token("--sh-river"));
    const paper = hex(token("--sh-paper"));
    const ink = hex(token("--sh-ink"));
    const snapping = { toCoordinate: true, toCustom: (event: { lng: number; lat: number }) => this.snapped(event) };
    const dots = { closingPointColor: accent, closingPointWidth: 7, closingPointOutlineColor: paper, closingPointOutlineWidth: 2, snappingPointColor: ink, snappingPointWidth: 5 };
    const coordinates = { draggable: true, midpoints: true, deletable: true, snappable: this.map.frame.dataset.snap === undefined ? false : snapping };
    return [
      new TerraDrawLineStringMode({ snapping, styles: { lineStringColor: accent, lineStringWidth: 4, ...dots } }),
      new TerraDrawPolygonMode({ snapping, styles: { fillColor: accent, fillOpacity: 0.2, outlineColor: accent, outlineWidth: 3, ...dots } }),
      new TerraDrawPointMode({ editable: true, styles: { pointColor: accent, pointWidth: 7, pointOutlineColor: paper, pointOutlineWidth: 2 } }),
      new TerraDrawSelectMode({
        flags: {
          linestring: { feature: { draggable: false, coordinates } },
          polygon: { feature: { draggable: false, coordinates } },
          point: { feature: { draggable: true } },
        },
        styles: {
          selectedLineStringColor: accent, selectedLineStringWidth: 4, selectedPolygonColor: accent, selectedPolygonFillOpacity: 0.2,
          selectedPolygonOutlineColor: accent, selectedPolygonOutlineWidth: 3, selectionPointColor: paper, selectionPointWidth: 6,
          selectionPointOutlineColor: accent, selectionPointOutlineWidth: 3, midPointColor: accent, midPointWidth: 4,
          midPointOutlineColor: paper, midPointOutlineWidth: 1.5, selectedPointColor: ink, selectedPointWidth: 8,
        },
      }),
    ];
  }

  private lay(tools: HTMLElement): void {
    const words: Record<Kind, string> = { line: gettext("Draw a line"), polygon: gettext("Draw a patch"), points: gettext("Set points") };
    tools.append(
      this.button("draw", DRAW_ICON[this.kind], words[this.kind], () => this.mode("draw")),
      this.button("select", "select", gettext("Mend"), () => this.mode("select")),
      ...(this.kind === "points" ? [] : [this.button("finish", "check", gettext("Finish"), () => this.finish())]),
      this.button("undo", "undo", gettext("Undo"), () => this.draw.undo()),
      this.button("redo", "redo", gettext("Redo"), () => this.draw.redo()),
      this.button("clear", "remove", gettext("Clear all"), () => this.replace(null)),
      this.size,
    );
  }

  private button(name: string, symbol: string, word: string, act: () => unknown): HTMLButtonElement {
    const made = element("button", { type: "button", class: "btn" }, icon(symbol), word);
    made.addEventListener("click", () => {
      act();
      this.changed();
    });
    this.buttons.set(name, made);
    return made;
  }

  private mode(name: "draw" | "select"): void {
    this.draw.setMode(name === "draw" ? MODES[this.kind] : "select");
    if (name === "select") {
      const only = this.shapes()[0];
      if (only?.id !== undefined) this.draw.selectFeature(only.id);
    }
    for (const each of ["draw", "select"]) this.buttons.get(each)?.setAttribute("aria-pressed", String(each === name));
    if (this.help) this.help.textContent = this.advice(name);
  }

  private advice(mode: "draw" | "select"): string {
    if (mode === "select") return gettext("Drag a corner to move it, drag a small dot to add one, right-click a corner to remove it.");
    if (this.kind === "points") return gettext("Tap the map for each checkpoint.");
    return gettext("Tap the map for each corner; tap the last one again, or press Finish, to end.");
  }

  /** As if Enter had been pressed on the map: the drawing library ends a line or patch by it. */
  private finish(): void {
    const canvas = this.map.view.getCanvas();
    for (const type of ["keydown", "keyup"]) canvas.dispatchEvent(new KeyboardEvent(type, { key: "Enter", bubbles: true }));
  }

  private changed(): void {
    const geometry = this.geometry();
    const before = this.input.value;
    this.input.value = geometry ? JSON.stringify(geometry) : "";
    if (this.input.value !== before) this.input.dispatchEvent(new Event("change", { bubbles: true }));
    this.measure(geometry);
    this.enable();
  }

  private enable(): void {
    const isDrawing = this.draw.getModeState() === "drawing";
    const allowed: Record<string, boolean> = {
      undo: this.draw.canUndo(), redo: this.draw.canRedo(), finish: isDrawing, select: this.shapes().length > 0, clear: this.shapes().length > 0,
    };
    for (const [name, isAllowed] of Object.entries(allowed)) {
      const button = this.buttons.get(name);
      if (button) button.disabled = !isAllowed;
    }
  }

  private measure(geometry: Geometry | null): void {
    this.size.replaceChildren();
    if (!geometry) return;
    if (this.kind === "points") {
      const n = [...positions(geometry)].length;
      this.size.append(interpolate(ngettext("%(n)s point", "%(n)s points", n), { n }, true));
      return;
    }
    const rings = this.shapes().map((shape) => linesOf(shape.geometry));
    const metresLong = rings.flat().reduce((sum, line) => sum + length(line), 0);
    if (this.kind === "line") this.size.append(element("strong", {}, metres(metresLong)));
    else {
      const surface = rings.reduce((sum, [outer]) => sum + (outer ? ringArea(outer) : 0), 0);
      this.size.append(element("strong", {}, mu(surface)), ` ${metricArea(surface)}`);
    }
  }

  /** The drawn features, without the library's own handles. */
  private shapes(): GeoJSONStoreFeatures[] {
    return this.draw.getSnapshot().filter((each) => each.properties.mode === MODES[this.kind] && !HANDLES.some((name) => each.properties[name]));
  }

  private geometry(): Geometry | null {
    const parts = this.shapes().map((shape) => shape.geometry.coordinates);
    if (parts.length === 0) return null;
    if (this.kind === "points") return { type: "MultiPoint", coordinates: parts as GeoPosition[] };
    if (this.kind === "line") {
      const lines = (parts as GeoPosition[][]).filter((line) => line.length > 1);
      return lines.length > 1 ? { type: "MultiLineString", coordinates: lines } : { type: "LineString", coordinates: lines[0] ?? [] };
    }
    const patches = parts as GeoPosition[][][];
    return patches.length > 1 ? { type: "MultiPolygon", coordinates: patches } : { type: "Polygon", coordinates: patches[0] ?? [] };
  }

  private put(geometry: Geometry | null): boolean {
    const shapes = geometry ? split(geometry) : [];
    const features = shapes.map((shape) => ({ type: "Feature", geometry: rounded(shape), properties: { mode: MODES[this.kind] } }));
    const refused = this.draw.addFeatures(features as GeoJSONStoreFeatures[]).find((each) => !each.valid);
    if (refused) console.warn("drawing", refused.reason);
    return features.length > 0 && !refused;
  }

  private replace(geometry: Geometry | null): void {
    const ids = this.shapes().flatMap((shape) => (shape.id === undefined ? [] : [shape.id]));
    if (this.draw.getMode() === "select") for (const id of ids) this.draw.deselectFeature(id);
    else this.draw.setMode(MODES[this.kind]); // gives up what is half drawn
    this.draw.removeFeatures(ids.filter((id) => this.draw.hasFeature(id)));
    const hasShape = this.put(geometry);
    this.mode(hasShape && this.kind !== "points" ? "select" : "draw");
    this.changed();
  }

  /** The nearest corner of what the map shows, within a thumb's width. */
  private snapped(at: { lng: number; lat: number }): GeoPosition | undefined {
    if (this.map.frame.dataset.snap === undefined) return undefined;
    const here = this.map.view.project([at.lng, at.lat]);
    let best: { at: Position; px: number } | null = null;
    for (const feature of this.map.data.features) {
      if (!["area", "water"].includes(told(feature).layer)) continue;
      for (const corner of positions(feature.geometry)) {
        const there = this.map.view.project([corner[0], corner[1]]);
        const px = Math.hypot(there.x - here.x, there.y - here.y);
        if (px <= SNAP_PX && (!best || px < best.px)) best = { at: corner, px };
      }
    }
    return best ? [round(best.at[0]), round(best.at[1])] : undefined;
  }
}

const HANDLES = ["midPoint", "selectionPoint", "closingPoint", "snappingPoint", "coordinatePoint"];
const round = (degrees: number): number => Number(degrees.toFixed(DECIMALS));

function linesOf(geometry: { type: string; coordinates: unknown }): Position[][] {
  if (geometry.type === "LineString") return [geometry.coordinates as Position[]];
  if (geometry.type === "Polygon") return geometry.coordinates as Position[][];
  return [];
}

/** A geometry, Feature or FeatureCollection in text; null when it is none. */
export function parsed(text: string): Geometry | null {
  if (!text.trim()) return null;
  try {
    const found = JSON.parse(text) as { type: string; geometry?: Geometry; features?: { geometry: Geometry }[] };
    if (found.type === "Feature") return found.geometry ?? null;
    if (found.type === "FeatureCollection") return { type: "GeometryCollection", geometries: (found.features ?? []).map((each) => each.geometry) };
    return found as unknown as Geometry;
  } catch {
    return null;
  }
}

/** Single lines, patches and points of a geometry. */
function split(geometry: Geometry): Geometry[] {
  switch (geometry.type) {
    case "MultiLineString": return geometry.coordinates.map((coordinates) => ({ type: "LineString", coordinates }));
    case "MultiPolygon": return geometry.coordinates.map((coordinates) => ({ type: "Polygon", coordinates }));
    case "MultiPoint": return geometry.coordinates.map((coordinates) => ({ type: "Point", coordinates }));
    case "GeometryCollection": return geometry.geometries.flatMap(split);
    default: return [geometry];
  }
}

/** Flat and rounded, as the drawing library wants it. */
function rounded(geometry: Geometry): Geometry {
  const walk = (nested: unknown): unknown =>
    Array.isArray(nested) && typeof nested[0] === "number" ? [round(nested[0]), round(nested[1] as number)] : (nested as unknown[]).map(walk);
  return geometry.type === "GeometryCollection" ? geometry : ({ ...geometry, coordinates: walk(geometry.coordinates) } as Geometry);
}

function hex(colour: string): HexColor {
  const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return `#${[r, g, b].map((each) => Math.round(each).toString(16).padStart(2, "0")).join("")}`;
}
