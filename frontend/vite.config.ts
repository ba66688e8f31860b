/**
 * Builds the office's scripts and styles into the Python package's static folder.
 *
 * Entries have stable names (office.js, office.css, map.js …), since Django's templates name them and its manifest
 * storage hashes them; everything that scripts load by themselves is in chunks/ under a hashed name. All
 * references are relative, so that the files work under any STATIC_URL.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { compress } from "./compress.ts";
import { sprite } from "./sprite.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Entry name → source. The office is every page's; the others are loaded by the pages that need them. */
const ENTRIES: Record<string, string> = {
  office: here("office/src/main.ts"),
  map: here("office/src/map.ts"),
  charts: here("office/src/charts.ts"),
  try: here("office/src/try.ts"),
  replay: here("office/src/replay.ts"),
};

/**
 * Refuses a chunk that imports an entry. Django serves an entry as `office.HASH.js`, the chunk would ask for
 * `office.js`: the browser would take them for two modules and run the entry twice.
 */
function entriesAreLeaves(): Plugin {
  return {
    name: "entries-are-leaves",
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const entries = new Set(chunks.filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName));
      for (const chunk of chunks) {
        const wrong = [...chunk.imports, ...chunk.dynamicImports].filter((name) => entries.has(name));
        if (wrong.length > 0) {
          this.error(`${chunk.fileName} imports the entry ${wrong.join(", ")}; move what they share to a module of its own.`);
        }
      }
    },
  };
}

export default defineConfig({
  root: here("."),
  base: "./",
  publicDir: false,
  plugins: [entriesAreLeaves(), sprite(), compress()],
  worker: {
    format: "es",
    rolldownOptions: { output: { entryFileNames: "chunks/[name]-[hash].js" } },
  },
  build: {
    target: "es2022",
    outDir: here("../src/shanhe/static/shanhe"),
    emptyOutDir: true,
    // A data: address would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // MapLibre alone is larger than Vite's limit for a warning, and only map pages load it.
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: Object.fromEntries(Object.entries(ENTRIES).filter(([, source]) => existsSync(source))),
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "chunks/[name]-[hash].js",
        assetFileNames: (asset) =>
          asset.names.some((name) => name.endsWith(".css") && name.slice(0, -4) in ENTRIES)
            ? "[name][extname]"
            : "chunks/[name]-[hash][extname]",
      },
    },
  },
});
