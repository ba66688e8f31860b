/**
 * Paper: the print button, and what is painted on canvases, which no style sheet reaches. Before the sheet is made they
 * get light colours and the sheet's width. The button gives them time to paint; Ctrl+P takes what they can do at once.
 */
const PAINTING_MS = 500;

export function paper(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      prepare();
      setTimeout(() => window.print(), document.querySelector("[data-map], [data-chart]") ? PAINTING_MS : 0);
    });
  }
  window.addEventListener("beforeprint", prepare);
  window.addEventListener("afterprint", restore);
}

let chosen: string | undefined;
let isPrepared = false;

function prepare(): void {
  if (isPrepared) return;
  isPrepared = true;
  const root = document.documentElement;
  chosen = root.dataset.bsTheme;
  root.dataset.bsTheme = "light";
  root.classList.add("sh-on-paper");
  tell();
}

function restore(): void {
  if (!isPrepared) return;
  isPrepared = false;
  const root = document.documentElement;
  if (chosen) root.dataset.bsTheme = chosen;
  else delete root.dataset.bsTheme;
  root.classList.remove("sh-on-paper");
  tell();
}

function tell(): void {
  document.dispatchEvent(new CustomEvent("shanhe:theme"));
  document.dispatchEvent(new CustomEvent("shanhe:paper"));
}
