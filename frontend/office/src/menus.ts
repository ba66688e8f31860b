/** Menus are <details>: they open without scripts. Here they close on Escape, on a click elsewhere, and one another. */
export function menus(): void {
  document.addEventListener("click", (event) => {
    for (const menu of opened()) if (!menu.contains(event.target as Node)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of opened()) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
  document.addEventListener("focusin", (event) => {
    const target = event.target as Node;
    // A click on a menu's label gives the focus to what is around the menu: that is no leaving.
    for (const menu of opened()) if (!menu.contains(target) && !target.contains(menu)) menu.open = false;
  });
}

const opened = (): Iterable<HTMLDetailsElement> => document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]");
