// Promises in the words of a draft: its author says of each whether it is one, by one key for all; and a delay without a time asks
// for one, or is sent without it knowingly.
import { all, closest, one } from "./dom";

/** What the server found in the words; a line that has the focus keeps it. */
export function showPromises(form: HTMLFormElement, html: string): void {
  const strip = one("[data-promises-of]", form);
  if (!strip) return;
  if (strip.dataset.shown !== html) {
    const focused = strip.contains(document.activeElement) ? document.activeElement?.id : "";
    strip.dataset.shown = html;
    strip.innerHTML = html;
    if (focused) document.getElementById(focused)?.focus();
  }
  strip.hidden = !html.trim();
}

/** Where a draft that says no time asks for one. */
export const needsTime = (form: HTMLFormElement): HTMLElement | null => one("[data-needs-time] button", form);

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyY") return;
  const boxes = all<HTMLInputElement>("form[data-composer]:not([hidden]) [data-promises-of] input[name=confirms]");
  if (!boxes.length) return;
  event.preventDefault();
  const isAll = boxes.every((box) => box.checked);
  boxes.forEach((box) => (box.checked = !isAll));
  boxes[0]!.dispatchEvent(new CustomEvent("promises", { bubbles: true }));
});

document.addEventListener("change", (event) => {
  const box = closest<HTMLInputElement>(event, "input[name=confirms]");
  box?.dispatchEvent(new CustomEvent("promises", { bubbles: true }));
});

document.addEventListener("click", (event) => {
  const denies = closest<HTMLButtonElement>(event, "[data-denies]");
  const line = denies?.closest("[data-found]");
  const field = line && one<HTMLInputElement>("input[name=denies]", line as HTMLElement);
  if (denies && field) {
    field.disabled = !field.disabled;
    denies.dispatchEvent(new CustomEvent("promises", { bubbles: true }));
  }
  const without = closest<HTMLButtonElement>(event, "[data-without-time]");
  const form = without?.closest("form");
  if (without && form && !one("input[name=without_time]", form))
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "without_time", value: "yes" }));
});

// A time that was moved has to be told: the reply opens, and the words stay the colleague's own.
document.addEventListener("tell", (event) => {
  const { words } = (event as CustomEvent<{ words: string }>).detail;
  one<HTMLButtonElement>('[data-composes="reply"]')?.click();
  const form = one<HTMLFormElement>('form[data-composer="reply"]');
  const strip = form && one("[data-tell]", form);
  if (!strip) return;
  one("span", strip)!.textContent = words;
  strip.hidden = false;
});
