// A button that copies what a field holds, and says so.
import { closest, one } from "./dom";

document.addEventListener("click", (event) => {
  const button = closest<HTMLButtonElement>(event, "[data-copy]");
  const field = button && one<HTMLInputElement>(button.dataset.copy ?? "");
  if (!button || !field) return;
  field.select();
  // Without https there is no clipboard; the old command copies what is selected.
  const done = navigator.clipboard ? navigator.clipboard.writeText(field.value) : Promise.resolve(document.execCommand("copy"));
  void done.then(() => say(button, "Copied")).catch(() => say(button, "Press Ctrl-C"));
});

function say(button: HTMLButtonElement, words: string): void {
  const place = one("[data-copy-words]", button);
  if (!place) return;
  place.textContent = words;
  window.setTimeout(() => (place.textContent = "Copy"), 2_000);
}
