// The timeline of a customer: the next stretch is fetched before one gets there, in both directions, and what is far away gives
// its place to an empty box of its height. So ten thousand events scroll like fifty.
import { all, closest, one } from "./dom";

const NEAR = 2500; // px above and below what is seen
const emptied = new WeakMap<HTMLElement, string>();
const asking = new WeakSet<HTMLElement>();
let watcher: IntersectionObserver | null = null;

function start(): void {
  watcher?.disconnect();
  watcher = null;
  const timeline = one("[data-timeline]");
  const scroller = timeline?.closest<HTMLElement>(".stage");
  if (!timeline || !scroller) return;
  watcher = new IntersectionObserver(seen, { root: scroller, rootMargin: `${NEAR}px 0px` });
  // What is newer than the day one asked for stands above it, out of sight.
  const newer = one("[data-newer]", timeline);
  const first = newer && one("[data-stretch]", timeline);
  if (first && location.search) scroller.scrollTop += first.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 48;
  watch(timeline);
}

function watch(within: ParentNode): void {
  all("[data-stretch], [data-older], [data-newer]", within).forEach((element) => watcher?.observe(element));
}

function seen(entries: IntersectionObserverEntry[]): void {
  for (const { target, isIntersecting } of entries) {
    const element = target as HTMLElement;
    if (element.dataset.stretch !== undefined) isIntersecting ? fill(element) : empty(element);
    else if (isIntersecting) void readOn(element);
  }
}

function empty(stretch: HTMLElement): void {
  if (emptied.has(stretch) || stretch.contains(document.activeElement) || !stretch.childElementCount) return;
  stretch.style.height = `${stretch.getBoundingClientRect().height}px`;
  emptied.set(stretch, stretch.innerHTML);
  stretch.replaceChildren();
}

function fill(stretch: HTMLElement): void {
  const html = emptied.get(stretch);
  if (html === undefined) return;
  emptied.delete(stretch);
  stretch.innerHTML = html;
  stretch.style.height = "";
}

async function readOn(end: HTMLElement): Promise<void> {
  const isOlder = end.dataset.older !== undefined;
  const address = isOlder ? end.dataset.older : end.dataset.newer;
  if (!address || asking.has(end)) return;
  asking.add(end);
  try {
    const response = await fetch(address, { headers: { "HX-Request": "true" } });
    if (!response.ok) throw new Error(String(response.status));
    if (end.isConnected) put(end, await response.text(), isOlder);
  } catch {
    asking.delete(end); // its link is there; coming by again asks again
    watcher?.unobserve(end);
    window.setTimeout(() => end.isConnected && watcher?.observe(end), 3000);
  }
}

function put(end: HTMLElement, html: string, isOlder: boolean): void {
  const found = document.createElement("template");
  found.innerHTML = html;
  const stretch = one("[data-stretch]", found.content);
  const next = one(isOlder ? "[data-older]" : "[data-newer]", found.content);
  const added = isOlder ? [stretch, next] : [next, stretch];
  const scroller = end.closest<HTMLElement>(".stage")!;
  const beside = one("[data-stretch]", end.parentElement!)!;
  watcher?.unobserve(end);
  if (isOlder) end.replaceWith(...added.filter((each) => each !== null));
  else keepingInPlace(scroller, beside, () => end.replaceWith(...added.filter((each) => each !== null)));
  joinDays(one("[data-timeline]")!);
  for (const each of added) if (each) watcher?.observe(each);
}

/** Whatever comes above, what one reads stays where it is: also while the new events get their true heights, some frames long,
 * unless somebody scrolls meanwhile. */
function keepingInPlace(scroller: HTMLElement, anchor: HTMLElement, change: () => void): void {
  const wanted = anchor.getBoundingClientRect().top;
  let frames = 12;
  let at = -1;
  scroller.style.overflowAnchor = "none";
  change();
  const settle = () => {
    if (at >= 0 && Math.abs(scroller.scrollTop - at) > 1) frames = 0;
    else scroller.scrollTop += anchor.getBoundingClientRect().top - wanted;
    at = scroller.scrollTop;
    if (frames-- > 0) requestAnimationFrame(settle);
    else scroller.style.overflowAnchor = "";
  };
  settle();
}

/** A day that goes on in the next stretch has one heading. */
function joinDays(timeline: HTMLElement): void {
  let last = "";
  for (const heading of all("[data-day]", timeline)) {
    heading.hidden = heading.dataset.day === last;
    last = heading.dataset.day ?? "";
  }
}

// A year that is being typed is a day of the first century for a moment.
document.addEventListener("change", (event) => {
  const field = closest<HTMLInputElement>(event, "select, input");
  const form = field?.closest<HTMLFormElement>("form[data-submits-itself]");
  if (form && !(field?.type === "date" && field.value && field.value < "1900")) form.requestSubmit();
});

document.addEventListener("htmx:afterSettle", () => {
  if (one("[data-timeline]") && !watcher) start();
});
start();
