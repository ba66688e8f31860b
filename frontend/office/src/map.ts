/** Entry: every `[data-map]` of the page becomes a map; with `data-draw` one can draw on it. */
import { OfficeMap } from "./map/view.ts";

for (const frame of document.querySelectorAll<HTMLElement>("[data-map]")) {
  try {
    const map = new OfficeMap(frame);
    (window.shanheMaps ??= {})[frame.id] = map;
    window.shanheMap ??= map;
    void map.load().then(async () => {
      if (!frame.dataset.draw) return;
      (await import("./map/drawing.ts")).drawing(map);
      (await import("./map/shape-file.ts")).shapeFiles(map);
    });
  } catch (problem) {
    // No WebGL: an old machine or a remote desktop. The list beside the map says the same.
    frame.querySelector(".sh-waiting")?.replaceChildren(gettext("The map cannot be drawn here. The list says the same."));
    console.warn(problem);
  }
}
