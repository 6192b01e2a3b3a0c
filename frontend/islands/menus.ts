// Menus (details), dialogs, and the side panel: open with the keyboard, close with Escape or a click elsewhere.
import { all, closest, htmx, one } from "./dom";

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
    if (!(menu instanceof HTMLDetailsElement) || !menu.open) return;
    if (menu.matches("[data-lazy]")) all("[data-fetches]:not([data-fetched])", menu).forEach(fetchInto);
    if (menu.matches("[data-lazy=anew]")) all("[data-fetches][data-fetched]", menu).forEach(fetchInto);
    if (!menu.matches("[data-menu]")) return;
    openMenus()
      .filter((other) => other !== menu)
      .forEach((other) => (other.open = false));
    all("[data-fetches]", menu).forEach(fetchInto);
  },
  true,
);

/** What a menu holds may be asked for when it is opened, each time anew; what was there stays until the answer comes. */
function fetchInto(list: HTMLElement): void {
  const { fetches } = list.dataset;
  const swap = "morph:innerHTML settle:0ms"; // what is seen can be pressed
  void htmx()
    .ajax("GET", fetches as string, { target: list, swap })
    .then(() => (list.dataset.fetched = "yes"));
}

// The story was read anew: what an open menu says of a message may have changed with it.
document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = (event as CustomEvent<{ target: Element }>).detail;
  if (target?.id !== "talk") return;
  [...openMenus(), ...all("details[data-lazy=anew][open]")].forEach((menu) => all("[data-fetches]", menu).forEach(fetchInto));
});

document.addEventListener("keydown", (event) => {
  const menu = (event.target as Element | null)?.closest?.<HTMLDetailsElement>("details[data-menu][open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    one("summary", menu)?.focus();
    event.preventDefault(); // one step back is enough: keyboard.ts listens here, too
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
