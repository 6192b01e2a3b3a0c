// Menus (details), dialogs, and the side panel: open with the keyboard, close with Escape or a click elsewhere.
import { all, closest, one } from "./dom";

const openMenus = () => all<HTMLDetailsElement>("details[data-menu][open]");

document.addEventListener("click", (event) => {
  openMenus()
    .filter((menu) => !menu.contains(event.target as Node))
    .forEach((menu) => (menu.open = false));
  const opener = closest(event, "[data-opens]");
  if (opener) one<HTMLDialogElement>(`#${opener.dataset.opens}`)?.showModal();
  const closer = closest(event, "[data-closes]");
  if (closer) closer.closest(closer.dataset.closes as string)?.remove();
  if (closest(event, "[data-toggles-panel]")) togglePanel();
  if (closest(event, "[data-closes-panel]")) document.body.classList.remove("panel-open");
  if (event.target instanceof HTMLDialogElement) event.target.close();
  const pick = closest<HTMLElement>(event, "[data-menu] .menu-item:not(label)");
  if (pick) pick.closest<HTMLDetailsElement>("[data-menu]")!.open = false;
});

document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLDetailsElement) || !menu.matches("[data-menu]") || !menu.open) return;
    openMenus()
      .filter((other) => other !== menu)
      .forEach((other) => (other.open = false));
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const menu = (event.target as Element | null)?.closest?.<HTMLDetailsElement>("details[data-menu][open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    one("summary", menu)?.focus();
    event.stopPropagation();
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const items = all(".menu-item, input, select", menu).filter((item) => item.offsetParent);
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]?.focus();
    event.preventDefault();
  }
});

/** Wide: the panel folds and stays folded. Narrow: it is a drawer. */
export function togglePanel(): void {
  const wide = window.matchMedia("(min-width: 75rem)").matches;
  if (!wide) {
    document.body.classList.toggle("panel-open");
    return;
  }
  const folded = document.body.classList.toggle("panel-folded");
  localStorage.setItem("panel", folded ? "folded" : "open");
}

if (localStorage.getItem("panel") === "folded") document.body.classList.add("panel-folded");
