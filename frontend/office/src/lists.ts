/** Lists: tidy addresses, rows that follow their link, and columns' names for rows that turn into cards. */
import "htmx.org"; // reads its settings from <meta name="htmx-config">

export function lists(): void {
  document.addEventListener("htmx:configRequest", (event) => dropEmpty((event as CustomEvent).detail));
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLElement;
    if (form.matches("form[data-filters]")) disableEmpty(form as HTMLFormElement);
  });
  document.addEventListener("htmx:afterSettle", labelCells);
  document.addEventListener("htmx:pushedIntoHistory", showReset);
  document.addEventListener("click", followRow);
  for (const button of document.querySelectorAll<HTMLElement>("[data-without-scripts]")) button.hidden = true;
  labelCells();
  folding();
}

/** On phones the filters fold away behind a button, but for the search field and those that are set. */
function folding(): void {
  const form = document.querySelector<HTMLElement>("form[data-filters]");
  const button = form?.querySelector<HTMLButtonElement>("[data-fold]");
  if (!form || !button) return;
  const fold = (isFolded: boolean): void => {
    form.classList.toggle("is-folded", isFolded);
    button.setAttribute("aria-expanded", String(!isFolded));
  };
  button.hidden = false;
  button.addEventListener("click", () => fold(!form.classList.contains("is-folded")));
  fold(location.search === "");
}

/** An address says only what is asked for: ?outcome=doubtful, not ?division=&holder=&outcome=doubtful. */
function dropEmpty(detail: { verb: string; elt: Element; parameters: FormData | Record<string, unknown> }): void {
  if (detail.verb !== "get" || !(detail.parameters instanceof FormData || Symbol.iterator in Object(detail.parameters))) {
    for (const [name, value] of Object.entries(detail.parameters)) if (value === "") delete (detail.parameters as Record<string, unknown>)[name];
    return;
  }
  for (const [name, value] of [...(detail.parameters as FormData).entries()]) if (value === "") (detail.parameters as FormData).delete(name);
}

function disableEmpty(form: HTMLFormElement): void {
  for (const control of form.elements) if ("value" in control && control.value === "") (control as HTMLInputElement).disabled = true;
}

function showReset(): void {
  const reset = document.querySelector<HTMLElement>("form[data-filters] [data-reset]");
  if (reset) reset.hidden = location.search === "";
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("form[data-filters] .sh-choices")) sayChoices(menu);
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-follows-filters]")) followFilters(link);
}

/** A link outside the list, such as the export, asks for what the list shows now: the filters, all pages. */
function followFilters(link: HTMLAnchorElement): void {
  const asked = new URLSearchParams(location.search);
  asked.delete("after");
  link.href = `${link.pathname}?${asked.toString()}`;
}

/** What a closed list of choices says: the labels that are ticked. */
function sayChoices(menu: HTMLDetailsElement): void {
  const summary = menu.querySelector("summary");
  const ticked = [...menu.querySelectorAll("label:has(:checked)")].map((label) => label.textContent?.trim() ?? "");
  if (summary) summary.textContent = ticked.join(gettext(", ")) || gettext("All");
}

function labelCells(): void {
  for (const table of document.querySelectorAll(".sh-table")) {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent?.trim() ?? "");
    for (const row of table.querySelectorAll("tbody tr")) {
      [...row.children].forEach((cell, index) => cell.setAttribute("data-label", heads[index] ?? ""));
    }
  }
}

function followRow(event: MouseEvent): void {
  const target = event.target as Element;
  const row = target.closest<HTMLElement>("tr[data-href]");
  if (!row || target.closest("a, button, input, label, summary") || String(getSelection()) !== "") return;
  const address = row.dataset.href ?? "";
  if (event.ctrlKey || event.metaKey) window.open(address, "_blank", "noopener");
  else location.assign(address);
}
