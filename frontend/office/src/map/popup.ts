/** What a click on the map opens: name, state in words with its icon, the note, and the link to the page. */
import { AREA_STATES } from "../../../shared/src/looks.ts";
import { element } from "../dom.ts";
import { icon } from "../icon.ts";
import { type Told } from "./contract.ts";

const MOST = 6;
const TONES: Record<string, string> = { met: "green", due: "blue", at_risk: "amber", overdue: "red", excused: "grey", vacant: "violet", create: "green", update: "blue", unchanged: "grey", faulty: "red" };

export function popup(features: readonly Told[]): HTMLElement {
  const [first, ...rest] = features;
  const box = element("div", { class: "sh-popup" });
  if (!first) return box;
  box.append(element("strong", {}, first.name ?? first.code ?? ""));
  const look = first.state ? AREA_STATES[first.state] : undefined;
  if (look && first.state) {
    box.append(element("p", {}, element("span", { class: `sh-badge sh-tone-${TONES[first.state] ?? "grey"}` }, icon(look.icon), look.word())));
  }
  if (first.note) box.append(element("p", { class: "sh-soft" }, first.note));
  if (first.sketch) box.append(element("p", {}, element("span", { class: "sh-mark" }, gettext("sketch"))));
  if (first.url) box.append(element("a", { href: first.url }, gettext("Open"), icon("next")));
  for (const other of rest.slice(0, MOST - 1)) {
    if (other.url) box.append(element("p", {}, element("a", { href: other.url }, other.name ?? other.code ?? "")));
  }
  return box;
}
