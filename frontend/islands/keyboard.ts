// One key for each thing one does all day. `data-key` names it on whatever a mouse would click; `data-go` follows g.
import { all, isTyping, isVisible, one } from "./dom";
import { openPalette } from "./palette";

let goingSince = 0;

document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.key === "Escape") return stepBack(event);
  if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target) || one("dialog[open]")) return;
  if (handled(event.key)) event.preventDefault();
});

function handled(key: string): boolean {
  if (Date.now() - goingSince < 1500) {
    goingSince = 0;
    return press(`[data-go="${CSS.escape(key)}"]`, false);
  }
  if (key === "g") {
    goingSince = Date.now();
    return true;
  }
  if (key === "j" || key === "k") return moveInList(key === "j" ? 1 : -1);
  if (key === "Enter") return openInTimeline();
  if (key === "/") return focusOn("[data-search]");
  if (key === "?") return open("#keys-dialog");
  return press(`[data-key="${CSS.escape(key)}"]`, true);
}

function press(selector: string, mustShow: boolean): boolean {
  const found = all(selector).find((element) => !mustShow || isVisible(element));
  if (!found) return false;
  const menu = found.closest<HTMLDetailsElement>("details[data-menu]");
  found.click();
  if (menu?.open) one(".menu-item, select, input", menu)?.focus();
  return true;
}

function moveInList(by: number): boolean {
  const links = all<HTMLAnchorElement>("#list .row-h > a");
  if (!links.length) return moveInTimeline(by);
  const current = links.findIndex((link) => link === document.activeElement);
  const chosen = links.findIndex((link) => link.parentElement?.getAttribute("aria-current") === "true");
  const from = current >= 0 ? current : chosen >= 0 ? chosen : by > 0 ? -1 : 0;
  const next = links[Math.max(0, Math.min(links.length - 1, from + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return true;
}

function moveInTimeline(by: number): boolean {
  const events = all("[data-timeline] .happened");
  if (!events.length) return false;
  const current = events.findIndex((event) => event.contains(document.activeElement));
  const next = events[Math.max(0, Math.min(events.length - 1, current < 0 && by < 0 ? 0 : current + by))];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
  return true;
}

function openInTimeline(): boolean {
  const event = document.activeElement;
  if (!(event instanceof HTMLElement) || !event.matches("[data-timeline] .happened")) return false;
  const details = one<HTMLDetailsElement>("details", event);
  if (details && !details.open) details.open = true;
  else one<HTMLAnchorElement>("a[href]", event)?.click();
  return true;
}

function stepBack(event: KeyboardEvent): void {
  if (one("dialog[open]") || event.defaultPrevented) return;
  if (document.body.classList.contains("panel-open")) {
    document.body.classList.remove("panel-open");
    return;
  }
  const back = all<HTMLAnchorElement>("[data-back]").find(isVisible);
  if (back && !isFilling(event.target)) return back.click();
  const row = one<HTMLAnchorElement>('#list .row-h[aria-current="true"] > a') ?? one<HTMLAnchorElement>("#list .row-h > a");
  row?.focus();
}

/** A checked box takes no letters, but who just checked it does not want to leave the page. */
const isFilling = (target: EventTarget | null): boolean =>
  isTyping(target) || (target instanceof HTMLElement && target.matches("input"));

function focusOn(selector: string): boolean {
  const field = all<HTMLInputElement>(selector).find(isVisible);
  field?.focus();
  field?.select();
  return Boolean(field);
}

function open(selector: string): boolean {
  one<HTMLDialogElement>(selector)?.showModal();
  return true;
}

// The rail lights up where one is.
const section = one("#main")?.dataset.section;
all(`[data-place="${section}"]`).forEach((item) => item.setAttribute("aria-current", "page"));
