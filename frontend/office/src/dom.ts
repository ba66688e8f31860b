/** Small helpers for making elements without inline styles or markup from strings. */
type Child = Node | string | null | undefined | false;

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child): child is Node | string => Boolean(child)));
  return made;
}

/** The value of a design token as a colour that canvases understand. */
export function token(name: string, at: Element = document.documentElement): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  at.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** The request's id of a failed answer, or its status: what a user can tell the administrator. */
export class Failed extends Error {}

/** JSON from our own server; Failed with a sentence for people when that did not work. */
export async function json<T>(address: string, signal?: AbortSignal): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(address, { headers: { Accept: "application/geo+json, application/json" }, signal: signal ?? null });
  } catch {
    throw new Failed(gettext("The server cannot be reached. Is the network there?"));
  }
  if (!answer.ok) throw new Failed(interpolate(gettext("The server answered %(status)s."), { status: answer.status }, true));
  return (await answer.json()) as T;
}
