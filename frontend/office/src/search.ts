/** The search in the top bar: "/" goes there, arrows walk through what was found, Escape closes. */
export function search(): void {
  const form = document.querySelector<HTMLFormElement>("[data-search]");
  const input = form?.querySelector<HTMLInputElement>("input");
  const found = form?.querySelector<HTMLElement>(".sh-found");
  if (!form || !input || !found) return;

  const close = (): void => {
    found.replaceChildren();
    input.setAttribute("aria-expanded", "false");
  };
  found.addEventListener("htmx:afterSwap", () => input.setAttribute("aria-expanded", String(found.childElementCount > 0)));
  input.addEventListener("input", () => {
    if (input.value.trim() === "") close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !isTyping(event.target)) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      close();
      input.focus();
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const stops: HTMLElement[] = [input, ...found.querySelectorAll("a")];
      const next = stops[stops.indexOf(document.activeElement as HTMLElement) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) {
        event.preventDefault();
        next.focus();
      }
    }
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target as Node)) close();
  });
  form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !form.contains(event.relatedTarget as Node)) close();
  });
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
