/** The walker on the page's map. The map loads by itself; what is asked before that is done once it is there. */
import { Marker } from "maplibre-gl";
import { bounds } from "../../../shared/src/geodesy.ts";
import { element } from "../dom.ts";
import type { OfficeMap } from "../map/view.ts";

export class OnMap {
  private readonly walker = new Marker({ element: element("div", { class: "sh-walker", "aria-hidden": "true" }) });
  private isShown = false;

  constructor(private readonly frame: HTMLElement) {}

  private get map(): OfficeMap | undefined {
    const id = this.frame.querySelector("[data-map]")?.id ?? "map";
    return window.shanheMaps?.[id] as OfficeMap | undefined;
  }

  add(marker: Marker): void {
    const map = this.map;
    if (map) marker.addTo(map.view);
    else setTimeout(() => this.map && marker.addTo(this.map.view), 1000);
  }

  /** Put the walker there, and the map after it when it leaves the view. */
  move(place: [number, number] | null, isAnimated: boolean): void {
    const map = this.map;
    if (!map) return;
    if (!place) {
      this.walker.remove();
      this.isShown = false;
      return;
    }
    this.walker.setLngLat(place);
    if (!this.isShown) this.walker.addTo(map.view);
    this.isShown = true;
    const isDrawn = map.data.features.length > 0;
    if (isDrawn && !map.view.getBounds().contains(place)) map.view.easeTo({ center: place, duration: isAnimated ? 300 : 0 });
  }

  /** Show the stretch between two distances along the reach. */
  fly(from: number | null, to: number | null, isAnimated: boolean): void {
    const map = this.map;
    if (!map || from === null || to === null) return;
    const within = map.data.features.filter(({ properties }) => {
      const a = Number(properties?.from_m ?? Number.NaN);
      const b = Number(properties?.to_m ?? Number.NaN);
      return a < to - 0.5 && b > from + 0.5 && b - a <= (to - from) * 1.5 + 50;
    });
    const box = bounds(within.map((feature) => feature.geometry));
    if (box) map.view.fitBounds(box, { padding: 60, maxZoom: 17, duration: isAnimated ? 600 : 0 });
    this.frame.scrollIntoView({ block: "nearest", behavior: isAnimated ? "smooth" : "auto" });
  }
}
