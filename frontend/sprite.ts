/**
 * One file with the icons that pages use, and the mark of the house.
 *
 * `icons.json` maps our name of a meaning to Tabler's drawing; `{% icon "patrol" %}` and `icon("patrol")` refer to
 * `icons.svg#patrol`. An external file is cached once and needs no hole in the content security policy.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf-8");

/** The drawing's shapes without the frame, attributes and Tabler's invisible square. */
function shapes(svg: string): string {
  return svg
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace(/<\/svg>[\s\S]*$/, "")
    .replace(/<path stroke="none"[^>]*\/>/, "")
    .replace(/\s*\n\s*/g, "");
}

export function sprite(): Plugin {
  return {
    name: "sprite",
    generateBundle() {
      const names = JSON.parse(read("icons.json")) as Record<string, string>;
      const brand = read("brand.svg");
      const symbols = Object.entries(names).map(([name, drawing]) => {
        const svg = read(`../node_modules/@tabler/icons/icons/outline/${drawing}.svg`);
        return `<symbol id="${name}" viewBox="0 0 24 24">${shapes(svg)}</symbol>`;
      });
      symbols.push(`<symbol id="brand" viewBox="0 0 24 24">${shapes(brand)}</symbol>`);
      const source = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
      this.emitFile({ type: "asset", fileName: "icons.svg", source });
      this.emitFile({ type: "asset", fileName: "brand.svg", source: brand });
    },
  };
}
