/**
 * Buttons that ask the phone where it is, on a click and never before: `data-whereabouts` is the address to go to, with
 * `LON,LAT` in it. Four decimals are ten metres: enough to know the reach, no more than it takes.
 */
const PATIENCE_MS = 15_000;
const FRESH_MS = 60_000;

export function whereabouts(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-whereabouts]")) {
    button.hidden = false;
    button.addEventListener("click", () => ask(button));
  }
}

function ask(button: HTMLButtonElement): void {
  if (!navigator.geolocation || !window.isSecureContext) {
    say(button, gettext("This browser gives no position here. Choose the area instead."));
    return;
  }
  button.disabled = true;
  say(button, gettext("Looking for your position …"));
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const place = `${coords.longitude.toFixed(4)},${coords.latitude.toFixed(4)}`;
      location.assign((button.dataset.whereabouts ?? "").replace("LON,LAT", place));
    },
    (error) => {
      button.disabled = false;
      say(
        button,
        error.code === error.PERMISSION_DENIED
          ? gettext("The browser may not tell your position. Allow it, or choose the area.")
          : gettext("Your position was not found. Go outside and try again, or choose the area."),
      );
    },
    { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: FRESH_MS },
  );
}

/** In the line beneath, which screen readers are told of. */
function say(button: HTMLButtonElement, words: string): void {
  const line = document.getElementById(button.getAttribute("aria-describedby") ?? "");
  if (line) line.textContent = words;
}
