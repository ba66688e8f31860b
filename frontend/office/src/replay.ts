/** Entry: every `[data-replay]` of the page lets a patrol be walked through again beside its map. */
import { json } from "./dom.ts";
import { Player } from "./replay/player.ts";
import type { Walk } from "./replay/walk.ts";

for (const frame of document.querySelectorAll<HTMLElement>("[data-replay]")) {
  json<Walk>(frame.dataset.walk ?? "").then(
    (walk) => walk.fixes.length > 1 && new Player(frame, walk),
    // The map and the figures say the same without a player.
    (problem: unknown) => console.warn(problem),
  );
}
