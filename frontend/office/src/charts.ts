/** Entry: every `[data-chart]` of the page becomes a chart from its JSON source. */
import { timeDistance, type Outing } from "./chart/time-distance.ts";
import { element, Failed, json } from "./dom.ts";

async function draw(frame: HTMLElement): Promise<void> {
  try {
    const source = await json<Outing>(frame.dataset.source ?? "");
    frame.querySelector(".sh-waiting")?.remove();
    timeDistance(frame, source);
    frame.dataset.drawn = "1";
  } catch (problem) {
    frame.querySelector(".sh-waiting")?.remove();
    const sentence = problem instanceof Failed ? problem.message : gettext("The chart cannot be drawn.");
    frame.append(element("div", { class: "sh-failed", role: "alert" }, sentence));
    if (!(problem instanceof Failed)) console.error(problem);
  }
}

for (const frame of document.querySelectorAll<HTMLElement>('[data-chart="time-distance"]')) void draw(frame);
