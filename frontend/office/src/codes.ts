/**
 * A sign-in code behind the `#` of the address, where no server and no log sees it: into its form, out of the address
 * bar and the history, and sent.
 */
export function codes(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-code-from-address]");
  const field = form?.elements.namedItem("code");
  const code = decodeURIComponent(location.hash.slice(1));
  if (!form || !(field instanceof HTMLInputElement) || !/^[a-z0-9]{20,40}$/.test(code)) return;
  history.replaceState(null, "", location.pathname + location.search);
  field.value = code;
  form.requestSubmit();
}
