"""What a browser finds wrong with a page: policy, console, requests, width, accessibility, empty maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page

__all__ = ["Watched", "texts_on"]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  const { violatedDirective, blockedURI, sourceFile, lineNumber } = event;
  window.violations.push([violatedDirective, blockedURI, sourceFile, lineNumber].join(" "));
});
"""
TEXTS = """() => {
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (parent && !parent.closest("script, style, noscript, body [lang]"))
      found.push(node.textContent);
  }
  for (const element of document.body.querySelectorAll("[title], [placeholder], [aria-label], [alt]"))
    for (const name of ["title", "placeholder", "aria-label", "alt"])
      if (element.hasAttribute(name)) found.push(element.getAttribute(name));
  return found;
}"""
RUN_AXE = """() => axe.run({
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
  resultTypes: ["violations"],
})"""


class Watched:
    """A tab whose faults are gathered from the moment it is opened."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        page.add_init_script(NOTE_VIOLATIONS)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._fault(f"error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _fault(self, text: str) -> None:
        self.faults.append(text[:300])

    def _said(self, message: Any) -> None:
        if message.type == "error" or (message.type == "warning" and "GPU stall" not in message.text):
            self._fault(f"console {message.type}: {message.text}")

    def _failed(self, request: Any) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # given up because the page was left
            self._fault(f"request failed: {request.url} {request.failure}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self._fault(f"{response.status}: {response.url}")

    def open(self, address: str) -> None:
        """Open it and wait until its maps and charts have come to rest."""
        try:
            self.page.goto(address, wait_until="load")
        except Error as error:
            self._fault(str(error))
            return
        for frame in self.page.locator("[data-map][data-source], [data-chart][data-source]").all():
            if frame.is_visible():
                self._wait_for_drawing(frame)

    def _wait_for_drawing(self, frame: Any) -> None:
        name = frame.get_attribute("id")
        try:
            self.page.locator(f"#{name}[data-drawn]").wait_for(timeout=20_000)
        except Error:
            self._fault(f"#{name} was not drawn: {' '.join(frame.inner_text().split())[:100]}")
            return
        if frame.get_attribute("data-drawn") == "0":
            self._fault(f"#{name} is empty")

    def look_at_width(self) -> None:
        """Nothing sticks out to the right."""
        over = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            self._fault(f"{over} px wider than the window")

    def look_with_axe(self) -> None:
        """No finding of axe that is serious or worse."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8") + "\n;null")
        for finding in self.page.evaluate(RUN_AXE)["violations"]:
            if finding["impact"] in SERIOUS:
                places = ", ".join(str(node["target"][-1]) for node in finding["nodes"][:3])
                self._fault(f"axe {finding['impact']} {finding['id']}: {places}")

    def taken(self) -> list[str]:
        """The faults since the last time, those of the content security policy among them."""
        self.faults += [f"policy: {each}" for each in self.page.evaluate("window.violations ?? []")]
        found, self.faults = list(dict.fromkeys(self.faults)), []
        return found


def texts_on(page: Page) -> list[str]:
    """Everything on the page that is read or read aloud; what is marked as another language apart."""
    found: list[str] = page.evaluate(TEXTS)
    return found
