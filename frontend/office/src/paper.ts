/** The print button, and maps and charts that must be told before the page goes to paper. */
export function paper(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
