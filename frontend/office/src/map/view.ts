/** One map on a page: reads its sources, draws them, answers pointer and keyboard, and says what it has drawn. */
import {
  AttributionControl, FullscreenControl, type GeoJSONSource, type IControl, Map as MapView, type Marker, NavigationControl, type PointLike, Popup, ScaleControl, setWorkerUrl,
  type StyleSpecification,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { Feature } from "geojson";
import { bounds } from "../../../shared/src/geodesy.ts";
import { element, Failed, json } from "../dom.ts";
import { icon } from "../icon.ts";
import { anchors } from "./anchors.ts";
import { completed, EMPTY, type Source, type Told, told } from "./contract.ts";
import { Ground } from "./ground.ts";
import { legend } from "./legend.ts";
import { markers } from "./markers.ts";
import { addPictures } from "./pictures.ts";
import { popup } from "./popup.ts";
import { DATA_LAYERS, HIT_LAYERS, style } from "./style.ts";
import { Tiled, TILED_LAYERS, withTiles } from "./tiled.ts";
import { words } from "./words.ts";

setWorkerUrl(workerUrl);

/** How far beside a line of a tile one may point; other lines have a wide one of their own for that. */
const REACH_PX = 6;
const CHINA: [number, number, number, number] = [73, 18, 135, 54];

/** What tests and other scripts may ask of a map. */
export interface Drawn {
  /** How many features the layer shows now; without a name, all layers that carry data. */
  rendered(layer?: string): number;
  show(code: string): void;
}

declare global {
  interface Window {
    shanheMap?: Drawn;
    shanheMaps?: Record<string, Drawn>;
  }
}

export class OfficeMap implements Drawn {
  readonly view: MapView;
  data: Source = EMPTY;
  /** The first style is in place: only then may another follow. */
  private readonly styled: Promise<unknown>;
  private base: Source = EMPTY;
  private ground: Ground | null = null;
  private marks: Marker[] = [];
  private card: Popup | null = null;
  private key: HTMLElement | null = null;
  private credit: AttributionControl | null = null;
  /** Where there are more areas than one source holds. */
  private tiled: Tiled | null = null;

  constructor(readonly frame: HTMLElement) {
    const isTouch = matchMedia("(pointer: coarse)").matches;
    this.view = new MapView({
      container: frame,
      // Tiles are asked for at once, before the ground is there.
      style: this.style(),
      bounds: this.named() ?? CHINA,
      locale: words(),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 18,
      cooperativeGestures: isTouch && frame.dataset.size !== "page" && !frame.dataset.draw,
      // A page goes to paper with what the canvas holds.
      canvasContextAttributes: { preserveDrawingBuffer: true },
      fadeDuration: 0,
    });
    this.styled = new Promise((resolve) => void this.view.once("styledata", resolve));
    this.view.touchZoomRotate.disableRotation();
    this.view.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.view.addControl(new FitControl(() => this.fit()), "top-right");
    if (document.fullscreenEnabled) this.view.addControl(new FullscreenControl(), "top-right");
    this.view.addControl(new ScaleControl({ maxWidth: 120 }), "bottom-left");
    this.listen();
  }

  /** Read the sources the frame names and draw them. */
  async load(): Promise<void> {
    try {
      const { source, baseSource, tiles, states } = this.frame.dataset;
      this.tiled = tiles && states ? new Tiled(this.view, { areas: source ?? "", states }, (areas) => this.take(areas)) : null;
      const [data, base] = await Promise.all([
        source && !this.tiled ? json<Source>(source) : EMPTY,
        !baseSource ? EMPTY : this.base === EMPTY ? json<Source>(baseSource) : this.base,
      ]);
      const isFirst = this.data === EMPTY;
      await this.draw(data, base);
      await this.tiled?.load();
      if (this.tiled) this.explain();
      if (isFirst && this.frame.dataset.show) this.show(this.frame.dataset.show);
    } catch (problem) {
      this.fail(problem);
    }
  }

  async draw(data: Source, base: Source = this.base): Promise<void> {
    this.data = completed(data);
    if (base !== this.base) this.ground = new Ground(base, (next) => this.lay(next));
    this.base = completed(base);
    await this.restyle();
    for (const mark of this.marks) mark.remove();
    this.marks = markers(this.view, this.data);
    this.explain();
    this.fit(false);
    this.frame.querySelector(".sh-waiting")?.remove();
  }

  /** Another piece of the same ground. */
  private lay(ground: Source): void {
    this.base = completed(ground);
    void this.view.getSource<GeoJSONSource>("base")?.setData(this.base);
    void this.view.getSource<GeoJSONSource>("names")?.setData(anchors(this.base, this.data));
  }

  /** Other areas on the same map: those of the view, where tiles stand for the rest. */
  private take(areas: Source): Promise<void> {
    this.data = completed(areas);
    void this.view.getSource<GeoJSONSource>("data")?.setData(this.data);
    void this.view.getSource<GeoJSONSource>("names")?.setData(anchors(this.base, this.data));
    return Promise.resolve();
  }

  rendered(layer?: string): number {
    const layers = (layer ? [layer] : [...DATA_LAYERS, ...TILED_LAYERS]).filter((name) => this.view.getLayer(name));
    return layers.length === 0 ? 0 : this.view.queryRenderedFeatures({ layers }).length;
  }

  /** Fly to the feature of that code and open its card. */
  show(code: string): void {
    const feature = this.data.features.find((each) => told(each).code === code);
    if (feature) this.showOne(feature);
    else void this.tiled?.one(code).then((found) => completed(found).features[0] && this.showOne(found.features[0] as Feature));
  }

  private showOne(feature: Feature): void {
    const box = bounds([feature.geometry]);
    if (!box) return;
    this.view.fitBounds(box, { padding: 80, maxZoom: 15, duration: 600 });
    this.open([told(feature)], [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], true);
    this.frame.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  /** What is drawn in full; the ground alone when there is nothing else. */
  fit(isAnimated = true): void {
    const own = this.data.features.filter((feature) => !["division", "water"].includes(told(feature).layer));
    const box =
      this.named() ??
      bounds((own.length ? own : [...this.data.features, ...this.base.features]).map((feature) => feature.geometry)) ??
      CHINA;
    this.view.fitBounds(box, { padding: this.padding(), maxZoom: 15, duration: isAnimated ? 600 : 0 });
  }

  /** The box the page names. */
  private named(): typeof CHINA | null {
    const named = this.frame.dataset.bounds?.split(",").map(Number);
    return named?.length === 4 ? (named as unknown as typeof CHINA) : null;
  }

  fail(problem: unknown): void {
    this.frame.querySelector(".sh-waiting")?.remove();
    const sentence = problem instanceof Failed ? problem.message : gettext("The map cannot be drawn here. The list says the same.");
    const again = element("button", { type: "button", class: "btn" }, icon("refresh"), gettext("Try again"));
    const box = element("div", { class: "sh-failed", role: "alert" }, element("p", {}, sentence), again);
    again.addEventListener("click", () => {
      box.remove();
      void this.load();
    });
    this.frame.append(box);
    if (!(problem instanceof Failed)) console.error(problem);
  }

  /** Room at the rim, and for an open legend at the left of a wide map. */
  private padding(): { top: number; bottom: number; left: number; right: number } {
    const rim = Math.min(44, this.frame.clientWidth / 10);
    const isWide = this.frame.clientWidth > 640;
    const key = isWide && this.key?.hasAttribute("open") ? this.key.offsetWidth : 0;
    return { top: rim, bottom: rim, left: rim + key, right: rim + 36 };
  }

  private style(): ReturnType<typeof style> {
    const language = document.documentElement.lang;
    const made = style({ base: this.base, data: this.data, tiandituKey: this.frame.dataset.tiandituKey ?? "", language });
    return this.frame.dataset.tiles ? withTiles(made, this.frame.dataset.tiles) : made;
  }

  private async restyle(): Promise<void> {
    await this.styled;
    this.view.setStyle(this.style(), { transformStyle: keepForeign });
    await addPictures(this.view);
    this.tiled?.paint();
  }

  private explain(): void {
    const asOf = (this.tiled?.asOf || this.data.as_of) ?? this.frame.dataset.asOf ?? "";
    this.key?.remove();
    this.key = legend(this.data, this.base, asOf, this.tiled?.counts);
    if (this.key.querySelector("li")) this.frame.append(this.key);
    const sources = [this.base.attribution, this.data.attribution].filter((each): each is string => Boolean(each));
    if (this.credit) this.view.removeControl(this.credit);
    this.credit = sources.length ? new AttributionControl({ compact: true, customAttribution: sources }) : null;
    if (this.credit) this.view.addControl(this.credit, "bottom-right");
  }

  private listen(): void {
    const { view } = this;
    view.on("idle", () => {
      if (!this.frame.querySelector(".sh-waiting")) this.frame.dataset.drawn = String(this.rendered());
    });
    view.on("error", (event) => console.error(event.error));
    document.addEventListener("shanhe:theme", () => void this.restyle());
    // The sheet is narrower than the screen, and what is drawn now goes to paper: at once.
    document.addEventListener("shanhe:paper", () => {
      view.resize();
      this.fit(false);
      view.redraw();
    });
    // Lists change by filters, so their buttons are asked when they are used.
    document.addEventListener("click", (event) => {
      const code = shown(event.target);
      if (code) this.show(code);
    });
    for (const type of ["mouseover", "focusin"]) document.addEventListener(type, (event) => this.highlight(shown(event.target)));
    document.addEventListener("htmx:afterSettle", () => this.feed());
    view.on("moveend", () => {
      void this.ground?.follow(view.getBounds(), view.getZoom());
      void this.tiled?.follow(view.getBounds(), view.getZoom());
    });
    if (this.frame.dataset.draw) return;
    view.on("mousemove", (event) => {
      const found = this.at(event.point);
      view.getCanvas().style.cursor = found.length ? "pointer" : "";
      this.highlight(found[0]?.code ?? "");
    });
    view.on("click", (event) => {
      const found = this.at(event.point);
      const at: [number, number] = [event.lngLat.lng, event.lngLat.lat];
      const [first] = found;
      if (first?.code && first.state === undefined && this.tiled) {
        // A tile knows no keeper and no visit: ask for this one.
        void this.tiled.one(first.code).then((one) => this.open(completed(one).features.map((feature) => told(feature)), at));
      } else if (found.length) this.open(found, at);
    });
  }

  /** A list that filters have changed may name another source (`data-map-feeds` with this map's id). */
  private feed(): void {
    const fed = document.querySelector<HTMLElement>(`[data-map-feeds="${this.frame.id}"]`)?.dataset;
    if (!fed?.source || fed.source === this.frame.dataset.source) return;
    for (const name of ["source", "tiles", "states", "bounds"]) {
      if (fed[name]) this.frame.dataset[name] = fed[name];
      else delete this.frame.dataset[name];
    }
    delete this.frame.dataset.drawn;
    this.card?.remove();
    void this.load();
  }

  /** What lies under a pixel, each once, smaller things first. */
  private at(point: { x: number; y: number }): Told[] {
    const layers = [...HIT_LAYERS, ...TILED_LAYERS].filter((name) => this.view.getLayer(name));
    if (!layers.length) return [];
    const near: [PointLike, PointLike] = [[point.x - REACH_PX, point.y - REACH_PX], [point.x + REACH_PX, point.y + REACH_PX]];
    const found = this.view
      .queryRenderedFeatures(this.tiled ? near : [point.x, point.y], { layers })
      .filter((feature) => !TILED_LAYERS.includes(feature.layer.id) || feature.state["state"] !== undefined)
      .map((feature) => told(feature));
    return [...new Map(found.map((each) => [each.code ?? each.name, each])).values()];
  }

  private highlight(code: string): void {
    if (this.view.getLayer("area-hover")) {
      this.view.setFilter("area-hover", ["all", ["==", ["get", "layer"], "area"], ["==", ["get", "code"], code]]);
    }
  }

  private open(found: Told[], at: [number, number], takesFocus = false): void {
    this.card?.remove();
    this.card = new Popup({ maxWidth: `${Math.min(300, this.frame.clientWidth - 80)}px`, offset: 6, focusAfterOpen: takesFocus }).setLngLat(at).setDOMContent(popup(found)).addTo(this.view);
  }
}

/** The code that the button under the pointer shows; "" for anything else. */
const shown = (target: EventTarget | null): string =>
  target instanceof Element ? (target.closest<HTMLElement>("[data-map-show]")?.dataset.mapShow ?? "") : "";

/** Layers that others put on the map (the drawing tools' begin with td) stay above ours. */
function keepForeign(before: StyleSpecification | undefined, next: StyleSpecification): StyleSpecification {
  const isForeign = (name: string): boolean => name.startsWith("td");
  const sources = Object.entries(before?.sources ?? {}).filter(([name]) => isForeign(name));
  const layers = (before?.layers ?? []).filter((layer) => isForeign(layer.id));
  return { ...next, sources: { ...next.sources, ...Object.fromEntries(sources) }, layers: [...next.layers, ...layers] };
}

/** Shows everything again after somebody lost their way. */
class FitControl implements IControl {
  private box: HTMLElement | null = null;

  constructor(private readonly fit: () => void) {}

  onAdd(): HTMLElement {
    const label = gettext("Show everything");
    const button = element("button", { type: "button", class: "sh-fit", "aria-label": label, title: label }, icon("fit"));
    button.addEventListener("click", () => this.fit());
    this.box = element("div", { class: "maplibregl-ctrl maplibregl-ctrl-group" }, button);
    return this.box;
  }

  onRemove(): void {
    this.box?.remove();
  }
}
