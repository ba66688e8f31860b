/** Plays a walk: slider, speed, a marker on the map, the chart's cursor, stretches and photos to jump to. */
import { Marker } from "maplibre-gl";
import { metres } from "../../../shared/src/figures.ts";
import { element } from "../dom.ts";
import { icon } from "../icon.ts";
import { OnMap } from "./on-map.ts";
import { type Shot, type Stretch, type Walk, hereAt } from "./walk.ts";

const STEP_S = 10; // of an arrow key
const CHART_EVERY_MS = 100;
const CALM_MS = 1000; // between two pictures where motion is not wanted

export class Player {
  private seconds = 0;
  private isPlaying = false;
  private last = 0;
  private charted = 0;
  private readonly end: number;
  private readonly slider: HTMLInputElement;
  private readonly button: HTMLButtonElement;
  private readonly speed: HTMLSelectElement;
  private readonly now: HTMLElement;
  private readonly map: OnMap;
  private readonly isCalm = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(private readonly frame: HTMLElement, private readonly walk: Walk) {
    const find = <T extends Element>(name: string): T => frame.querySelector(`[data-replay-${name}]`) as T;
    this.end = walk.fixes.at(-1)?.[0] ?? 0;
    this.slider = find("time");
    this.button = find("play");
    this.speed = find("speed");
    this.now = find("now");
    this.map = new OnMap(frame);
    this.slider.max = String(Math.ceil(this.end));
    this.slider.step = String(STEP_S);
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.button.addEventListener("click", () => (this.isPlaying ? this.pause() : this.play()));
    find<HTMLElement>("stretches").append(...walk.stretches.map((each) => this.stretch(each)));
    this.photos(find("photos"));
    for (const each of document.querySelectorAll<HTMLElement>("[data-replay-stretch]")) {
      each.addEventListener("click", () => this.toMetres(each.dataset.replayStretch ?? ""));
    }
    document.addEventListener("shanhe:walk-to", (event) => this.go((event as CustomEvent<number>).detail));
    find<HTMLElement>("player").hidden = false;
    this.show();
    frame.dataset.ready = "1";
  }

  private play(): void {
    if (this.seconds >= this.end) this.seconds = 0;
    this.isPlaying = true;
    this.last = performance.now();
    this.say();
    this.tick();
  }

  private pause(): void {
    this.isPlaying = false;
    this.say();
  }

  private say(): void {
    const { play, pause } = this.button.dataset;
    this.button.setAttribute("aria-label", (this.isPlaying ? pause : play) ?? "");
    this.button.classList.toggle("is-playing", this.isPlaying);
  }

  private tick(): void {
    if (!this.isPlaying) return;
    const next = (): void => {
      const at = performance.now();
      this.go(this.seconds + ((at - this.last) / 1000) * Number(this.speed.value));
      this.last = at;
      if (this.seconds >= this.end) this.pause();
      else this.tick();
    };
    if (this.isCalm.matches) setTimeout(next, CALM_MS);
    else requestAnimationFrame(next);
  }

  private go(seconds: number): void {
    this.seconds = Math.min(Math.max(seconds, 0), this.end);
    this.show();
  }

  /** Everything that says the present moment. */
  private show(): void {
    const here = hereAt(this.walk.fixes, this.seconds);
    const moment = this.clock(this.seconds);
    const kmh = (here.speed_mps * 3.6).toFixed(1);
    const said = [moment, metres(here.walked_m), interpolate(gettext("%(n)s km/h"), { n: kmh }, true)];
    if (!here.place) said.push(gettext("outside what you may see"));
    this.slider.value = String(this.seconds);
    this.slider.setAttribute("aria-valuetext", said.join(", "));
    this.now.textContent = said.join(" · ");
    this.frame.dataset.at = this.seconds.toFixed(1);
    this.map.move(here.place, !this.isCalm.matches);
    const at = performance.now();
    if (!this.isPlaying || at - this.charted > CHART_EVERY_MS) {
      this.charted = at;
      document.dispatchEvent(new CustomEvent("shanhe:walk-at", { detail: this.seconds }));
    }
  }

  private clock(seconds: number): string {
    const moment = new Date(Date.parse(this.walk.started_at) + seconds * 1000);
    return moment.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "Asia/Shanghai" });
  }

  private stretch(each: Stretch): HTMLElement {
    const words = PARTS[each.part]();
    const length = each.from_m === null || each.to_m === null ? null : `${metres(each.from_m)} – ${metres(each.to_m)}`;
    const when = each.from_s === null || each.to_s === null ? null : `${this.clock(each.from_s)} – ${this.clock(each.to_s)}`;
    const label = element("span", {}, element("strong", {}, words), ` ${[length, when].filter(Boolean).join(" · ")}`);
    const button = element("button", { type: "button", "data-part": each.part }, icon(ICONS[each.part]), label);
    button.addEventListener("click", () => {
      if (each.from_s !== null) this.go(each.from_s);
      this.map.fly(each.from_m, each.to_m, !this.isCalm.matches);
    });
    return element("li", {}, button);
  }

  private toMetres(range: string): void {
    const [from = 0, to = 0] = range.split(",").map(Number);
    this.map.fly(from, to, !this.isCalm.matches);
  }

  private photos(list: HTMLElement): void {
    for (const each of this.walk.photos) {
      if (each.t_s < -60 || each.t_s > this.end + 60) continue;
      list.append(this.photo(each));
      const place = hereAt(this.walk.fixes, each.t_s).place;
      // Those that say where they were taken are on the map already.
      if (!each.place && place) this.map.add(new Marker({ element: this.photoMark(each) }).setLngLat(place));
    }
  }

  private photo(each: Shot): HTMLElement {
    const picture = element("img", { src: each.picture, alt: "", width: "64", height: "48", loading: "lazy" });
    const button = element("button", { type: "button", "aria-label": `${each.name} ${this.clock(each.t_s)}` }, picture, element("span", {}, this.clock(each.t_s).slice(0, 5)));
    button.addEventListener("click", () => this.go(each.t_s));
    return button;
  }

  private photoMark(each: Shot): HTMLElement {
    const mark = element("button", { type: "button", class: "sh-marker", "data-kind": "photo", "aria-label": each.name }, icon("photo"));
    mark.addEventListener("click", () => this.go(each.t_s));
    return mark;
  }
}

const PARTS: Record<Stretch["part"], () => string> = {
  walked: () => pgettext("stretch", "Walked"),
  skipped: () => pgettext("stretch", "Not walked"),
  asleep: () => pgettext("stretch", "Phone asleep"),
  accepted: () => pgettext("stretch", "Taken as walked by decision"),
};
const ICONS: Record<Stretch["part"], string> = { walked: "valid", skipped: "invalid", asleep: "asleep", accepted: "signature" };
