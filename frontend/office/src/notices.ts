/** What went wrong with a request, in the page: the server's own refusal when it sent one, else a plain sentence. */
import { element } from "./dom.ts";
import { icon } from "./icon.ts";

export function notices(): void {
  document.addEventListener("htmx:beforeRequest", () => {
    document.querySelector("#notices [data-refusal]")?.remove();
    document.body.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", () => document.body.removeAttribute("aria-busy"));
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
    show(refusalIn(xhr.responseText) ?? notice(gettext("Something went wrong on the server. Nothing was changed.")));
  });
  document.addEventListener("htmx:sendError", () =>
    show(notice(gettext("The server cannot be reached. Is the network there?"))),
  );
}

/** The refusal in a page or fragment that the server sent. */
export function refusalIn(html: string): Element | null {
  return new DOMParser().parseFromString(html, "text/html").querySelector("[data-refusal]");
}

export function notice(sentence: string): HTMLElement {
  return element(
    "div",
    { class: "alert alert-danger", role: "alert", "data-refusal": "" },
    icon("overdue"),
    element("div", {}, sentence),
  );
}

function show(refusal: Element): void {
  document.querySelector("#notices")?.append(refusal);
  refusal.scrollIntoView({ block: "nearest" });
}
