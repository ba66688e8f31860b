/**
 * Entry of /try/: one's own track against a drawn line. The track is shown at once, so that the line can be drawn along
 * it; the verdict is the server's, and comes with the parts to colour (`<div hidden data-try-parts>`, GeoJSON as text).
 */
import { bounds } from "../../shared/src/geodesy.ts";
import { EMPTY, type Source } from "./map/contract.ts";
import { drawing, parsed } from "./map/drawing.ts";
import { OfficeMap } from "./map/view.ts";
import { outline } from "./try/outline.ts";

const LARGEST_SHOWN = 20 * 1024 * 1024; // bytes; a larger file is left to the server's own answer

async function start(form: HTMLFormElement, frame: HTMLElement): Promise<void> {
  const track = field(form, "track");
  const areaFile = field(form, "area_file");
  const area = field(form, "area");
  dropping(form);
  try {
    const map = new OfficeMap(frame);
    (window.shanheMaps ??= {})[frame.id] = map;
    window.shanheMap ??= map;
    await map.load();
    drawing(map);
    track.addEventListener("change", () => void showTrack(map, track));
    areaFile.addEventListener("change", () => void readArea(map, areaFile, area));
    // An old verdict beside a new question would be taken for its answer.
    form.addEventListener("htmx:beforeRequest", () => form.querySelector("#verdict")?.replaceChildren());
    form.addEventListener("htmx:afterSwap", () => showParts(map, form));
    showParts(map, form);
    if (track.files?.length) void showTrack(map, track);
  } catch (problem) {
    frame.querySelector(".sh-waiting")?.replaceChildren(gettext("The map cannot be drawn here. Choose a file with the line instead."));
    console.warn(problem);
  }
}

const field = (form: HTMLFormElement, name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;

/** The drop field says which file it holds. The input covers it, so dropping needs no script; the look does. */
function dropping(form: HTMLFormElement): void {
  const box = form.querySelector<HTMLElement>("[data-drop]");
  const input = box?.querySelector("input");
  const name = box?.querySelector("output");
  if (!box || !input || !name) return;
  for (const type of ["dragenter", "dragover"]) box.addEventListener(type, () => box.classList.add("is-over"));
  for (const type of ["dragleave", "drop"]) box.addEventListener(type, () => box.classList.remove("is-over"));
  const say = (): void => name.replaceChildren([...(input.files ?? [])].map((file) => `${file.name} (${kilobytes(file.size)})`).join());
  input.addEventListener("change", say);
  say();
}

const kilobytes = (bytes: number): string => `${Math.max(1, Math.round(bytes / 1024)).toLocaleString("en")} KB`;

async function showTrack(map: OfficeMap, input: HTMLInputElement): Promise<void> {
  const file = input.files?.[0];
  const lines = file && file.size <= LARGEST_SHOWN ? outline(file.name, await file.text()) : [];
  const source: Source = {
    type: "FeatureCollection",
    features: lines.map((coordinates) => ({ type: "Feature", properties: { layer: "track" }, geometry: { type: "LineString", coordinates } })),
  };
  await map.draw(lines.length ? source : { ...EMPTY, features: [] });
}

/** A file with the line goes onto the map, where it can still be mended. */
async function readArea(map: OfficeMap, file: HTMLInputElement, area: HTMLInputElement): Promise<void> {
  const chosen = file.files?.[0];
  if (!chosen || chosen.size > LARGEST_SHOWN) return;
  area.value = await chosen.text();
  const shape = parsed(area.value);
  area.dispatchEvent(new Event("shanhe:shape"));
  const box = bounds([shape]);
  if (box) map.view.fitBounds(box, { padding: 40, maxZoom: 16, duration: 0 });
}

function showParts(map: OfficeMap, form: HTMLFormElement): void {
  const parts = form.querySelector("[data-try-parts]")?.textContent;
  if (parts) void map.draw(JSON.parse(parts) as Source);
}

const form = document.querySelector<HTMLFormElement>("[data-try]");
const frame = form?.querySelector<HTMLElement>("[data-map]");
if (form && frame) void start(form, frame);
