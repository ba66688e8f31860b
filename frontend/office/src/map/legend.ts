/** The legend: only what is on this map, each line with its colour, icon, word and number; then "as of". */
import { AREA_STATES, type Look, PARTS } from "../../../shared/src/looks.ts";
import { element } from "../dom.ts";
import { icon } from "../icon.ts";
import { type Source, told } from "./contract.ts";

const SVG = "http://www.w3.org/2000/svg";

/** `totals`: how many areas stand how, where not all of them are in `data`. */
export function legend(data: Source, base: Source, asOf: string, totals?: ReadonlyMap<string, number>): HTMLElement {
  const items = [
    ...lines(totals ?? numbersOf(data, "state"), AREA_STATES),
    ...lines(numbersOf(data, "part"), PARTS, false),
    ...(has(data, "track") ? [item("--sh-ink", gettext("Track"), { thin: true })] : []),
    ...(has(data, "dropped") ? [item("--sh-grey-mark", gettext("Positions not used"), { thin: true })] : []),
    ...(data.features.some((each) => told(each).mark) ? [item("--sh-ink-soft", gettext("Kilometre mark"), { thin: true })] : []),
    ...(data.features.some((each) => told(each).layer === "facility" && !told(each).mark) ? [item("--sh-ink-soft", gettext("Facility"), { thin: true })] : []),
    ...(has(base, "water") || has(data, "water") ? [item("--sh-map-water", gettext("Water"), {})] : []),
    ...(has(base, "division") || has(data, "division") ? [item("--sh-map-boundary", gettext("Division boundary"), { thin: true })] : []),
    ...(isSketchy(data) || isSketchy(base) ? [item("--sh-ink-soft", gettext("Dashed: a sketch, not surveyed"), { dashed: true })] : []),
  ];
  const box = element(
    "details",
    { class: "sh-legend" },
    element("summary", {}, icon("legend"), gettext("Legend"), icon("down")),
    element("ul", {}, ...items),
    asOf ? element("div", { class: "sh-asof" }, interpolate(gettext("As of %(when)s"), { when: asOf }, true)) : null,
  );
  box.open = matchMedia("(min-width: 768px)").matches;
  return box;
}

function numbersOf(source: Source, property: "state" | "part"): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const feature of source.features) {
    const code = told(feature)[property];
    if (code) numbers.set(code, (numbers.get(code) ?? 0) + 1);
  }
  return numbers;
}

function lines(numbers: ReadonlyMap<string, number>, looks: Readonly<Record<string, Look>>, withNumber = true): HTMLElement[] {
  return Object.entries(looks)
    .filter(([code]) => numbers.has(code))
    .map(([code, look]) =>
      item(look.token, look.word(), { icon: look.icon, dashed: Boolean(look.dash), ...(withNumber ? { number: numbers.get(code) ?? 0 } : {}) }),
    );
}

function item(token: string, word: string, how: { icon?: string; number?: number; dashed?: boolean; thin?: boolean }): HTMLElement {
  return element(
    "li",
    {},
    swatch(token, how),
    how.icon ? tinted(icon(how.icon), token) : null,
    element("span", {}, word),
    how.number === undefined ? null : element("span", { class: "sh-count" }, String(how.number)),
  );
}

function swatch(token: string, how: { dashed?: boolean; thin?: boolean }): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "sh-swatch");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "line");
  for (const [name, value] of Object.entries({ x1: 1, x2: 25, y1: 7, y2: 7 })) line.setAttribute(name, String(value));
  line.style.stroke = `var(${token})`;
  line.style.strokeWidth = how.thin ? "2" : "5";
  if (how.dashed) line.style.strokeDasharray = "6 3.5";
  svg.append(line);
  return svg;
}

function tinted(drawing: SVGSVGElement, token: string): SVGSVGElement {
  drawing.style.color = `var(${token})`;
  return drawing;
}

const has = (source: Source, layer: string): boolean => source.features.some((feature) => told(feature).layer === layer);
const isSketchy = (source: Source): boolean => source.features.some((feature) => told(feature).sketch === true);
