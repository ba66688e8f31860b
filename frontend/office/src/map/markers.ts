/** Start, end and photos of a patrol: elements on the map, so that they can be reached by keyboard and read aloud. */
import { type Map as MapView, Marker, Popup } from "maplibre-gl";
import { element } from "../dom.ts";
import { icon } from "../icon.ts";
import { type Source, type Told, told } from "./contract.ts";

export function markers(view: MapView, data: Source): Marker[] {
  const made: Marker[] = [];
  for (const feature of data.features) {
    const about = told(feature);
    if (feature.geometry?.type !== "Point" || !["start", "end", "photo"].includes(about.layer)) continue;
    const [lon, lat] = feature.geometry.coordinates as [number, number];
    const marker = new Marker({ element: mark(about) }).setLngLat([lon, lat]);
    if (about.layer === "photo") marker.setPopup(new Popup({ offset: 18, maxWidth: "260px" }).setDOMContent(photo(about)));
    made.push(marker.addTo(view));
  }
  return made;
}

function mark(about: Told): HTMLElement {
  if (about.layer === "photo") {
    return element("button", { type: "button", class: "sh-marker", "data-kind": "photo", "aria-label": about.name ?? gettext("Photo") }, icon("photo"));
  }
  const isStart = about.layer === "start";
  const word = isStart ? pgettext("map marker", "S") : pgettext("map marker", "E");
  const label = isStart ? gettext("Start") : gettext("End");
  return element("div", { class: "sh-marker", "data-kind": about.layer, role: "img", "aria-label": label, title: about.note ?? label }, word);
}

function photo(about: Told): HTMLElement {
  return element(
    "div",
    { class: "sh-popup" },
    element("strong", {}, about.name ?? gettext("Photo")),
    about.note ? element("p", { class: "sh-soft" }, about.note) : null,
    about.photo ? element("img", { src: about.photo, alt: about.name ?? gettext("Photo"), width: "228", loading: "lazy" }) : null,
    about.url ? element("a", { href: about.url }, gettext("Open"), icon("next")) : null,
  );
}
