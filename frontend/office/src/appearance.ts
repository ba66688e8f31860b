/** Light or dark, and large text: kept in cookies, so that the server draws the page right at once. */
const YEAR_S = 31_536_000;

export function appearance(): void {
  const root = document.documentElement;
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-theme-choice]")) {
    button.addEventListener("click", () => {
      const choice = button.dataset.themeChoice ?? "";
      if (choice) root.dataset.bsTheme = choice;
      else delete root.dataset.bsTheme;
      remember("shanhe_theme", choice);
      press("[data-theme-choice]", button);
      announce();
    });
  }
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-size-choice]")) {
    button.addEventListener("click", () => {
      const isLarge = root.dataset.size !== "large";
      if (isLarge) root.dataset.size = "large";
      else delete root.dataset.size;
      remember("shanhe_size", isLarge ? "large" : "");
      button.setAttribute("aria-pressed", String(isLarge));
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);
}

/** Maps and charts paint on canvases and have to be told. */
function announce(): void {
  document.dispatchEvent(new CustomEvent("shanhe:theme"));
}

function remember(name: string, value: string): void {
  document.cookie = `${name}=${value}; path=/; max-age=${value ? YEAR_S : 0}; samesite=lax`;
}

function press(selector: string, pressed: Element): void {
  for (const button of document.querySelectorAll(selector)) button.setAttribute("aria-pressed", String(button === pressed));
}
