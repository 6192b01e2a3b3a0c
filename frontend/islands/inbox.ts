// The list: which row is open, and what the live stream says about the rows that are shown. New ones wait behind a number
// while somebody reads, so that nothing moves under their eyes.
import { all, closest, debounce, htmx, one } from "./dom";

const named = new Set<string>();

export function conversationsChanged(ids: Iterable<string>): void {
  if (!one("#list")) return;
  for (const id of ids) named.add(id);
  askSoon();
}

export function listIsStale(): void {
  const list = one("#list");
  if (list) void htmx().ajax("GET", list.dataset.address as string, { target: list, swap: "morph:outerHTML" });
}

const askSoon = debounce(400, () => {
  const list = one("#list");
  if (!list || !named.size) return;
  const shown = all(".row-h", list).map((row) => row.dataset.id);
  const waiting = one("#arrivals")?.dataset.ids ?? "";
  const address = new URL(list.dataset.changes as string, location.href);
  address.searchParams.set("ids", [...named].slice(0, 300).join(","));
  address.searchParams.set("shown", shown.join(","));
  address.searchParams.set("waiting", waiting);
  named.clear();
  void htmx()
    .ajax("GET", address.pathname + address.search, { target: "#changes", swap: "innerHTML" })
    .then(() => !isReading() && one("#arrivals")?.dataset.ids && listIsStale());
});

/** Reading is: a conversation is open, the list is scrolled, or something in it has focus. */
function isReading(): boolean {
  const list = one("#list");
  const scrolled = (one("[data-rows]")?.scrollTop ?? 0) > 8;
  return scrolled || Boolean(one("[data-conversation]")) || Boolean(list?.contains(document.activeElement));
}

function markOpen(): void {
  const open = one("[data-conversation]")?.dataset.conversation;
  all("#list .row-h").forEach((row) => row.setAttribute("aria-current", String(row.dataset.id === open)));
}

document.addEventListener("htmx:afterSettle", markOpen);
document.addEventListener("click", (event) => {
  const link = closest<HTMLAnchorElement>(event, "#list .row-h > a");
  if (!link) return;
  all("#list .row-h").forEach((row) => row.setAttribute("aria-current", String(row === link.parentElement)));
});
markOpen();
