/** A file with a shape goes onto the drawing desk, where it can still be mended (`<input type=file data-shape-file=ID>`). */
import { bounds } from "../../../shared/src/geodesy.ts";
import { parsed } from "./drawing.ts";
import type { OfficeMap } from "./view.ts";

const LARGEST_SHOWN = 5 * 1024 * 1024; // bytes; a larger file is left to the server's own answer

export function shapeFiles(map: OfficeMap): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input[data-shape-file]")) {
    input.addEventListener("change", () => void lay(map, input));
  }
}

async function lay(map: OfficeMap, input: HTMLInputElement): Promise<void> {
  const file = input.files?.[0];
  const target = document.getElementById(input.dataset.shapeFile ?? "") as HTMLInputElement | null;
  if (!file || !target || file.size > LARGEST_SHOWN) return;
  const shape = parsed(await file.text());
  if (!shape) return; // the server says what is wrong with it
  target.value = JSON.stringify(shape);
  target.dispatchEvent(new Event("shanhe:shape"));
  if (target.value === "") return; // of another kind than the tool: the server tells
  input.value = ""; // what is mended from here on is what counts
  const box = bounds([shape]);
  if (box) map.view.fitBounds(box, { padding: 40, maxZoom: 16, duration: 0 });
}
