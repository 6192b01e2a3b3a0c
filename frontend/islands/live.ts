// The page follows the stream of events from the position it was rendered at. After a lost connection it reads itself anew
// before anyone can send (threat 61): what was missed is on the page first.
import { all, debounce, htmx, one } from "./dom";
import { conversationsChanged, listIsStale } from "./inbox";

const TOPICS = ["conversation", "channel", "quarantine", "queue", "customer", "unattended", "webhook"];
const WORDS: Record<State, string> = {
  idle: "This page does not change by itself",
  connecting: "Connecting",
  live: "Up to date, as it happens",
  reconnecting: "Reconnecting; sending waits until this page has caught up",
  offline: "No connection. What you type is kept; sending waits until this page has caught up",
};
const PATIENCE = 4000; // milliseconds without a connection before the page says so

type State = "idle" | "connecting" | "live" | "reconnecting" | "offline";

let source: EventSource | null = null;
let position = "";
let banner = 0;
const pending = new Map<HTMLElement, number>();

export function startLive(): void {
  position = document.body.dataset.liveSince ?? "";
  if (!position) return;
  show("connecting");
  listen();
  window.addEventListener("offline", () => show("offline"));
  window.addEventListener("online", () => {
    source?.close();
    show("reconnecting");
    listen();
  });
}

function listen(): void {
  source = new EventSource(`/live?since=${encodeURIComponent(position)}`);
  source.onopen = () => void caughtUp();
  source.onerror = () => {
    show(navigator.onLine ? "reconnecting" : "offline");
    if (source?.readyState === EventSource.CLOSED) window.setTimeout(listen, 3000);
  };
  for (const topic of TOPICS) source.addEventListener(topic, (event) => heard(topic, event as MessageEvent<string>));
  source.addEventListener("reset", () => void readAllAnew());
}

async function caughtUp(): Promise<void> {
  const was = document.body.dataset.liveState;
  if (was === "reconnecting" || was === "offline") await readAllAnew();
  show("live");
}

async function readAllAnew(): Promise<void> {
  listIsStale();
  const elements = all("[data-live]");
  await Promise.all(elements.map((element) => settled(element)));
}

function settled(element: HTMLElement): Promise<void> {
  return new Promise((resolve) => {
    element.addEventListener("htmx:afterRequest", () => resolve(), { once: true });
    htmx().trigger(element, "live");
    window.setTimeout(resolve, 8000);
  });
}

function heard(topic: string, event: MessageEvent<string>): void {
  position = event.lastEventId || position;
  const payload = JSON.parse(event.data) as { id?: number };
  const id = payload.id === undefined ? "" : String(payload.id);
  if (topic === "conversation" && id) conversationsChanged([id]);
  all(`[data-live~="${topic}"]`)
    .filter((element) => !element.dataset.liveId || element.dataset.liveId === id)
    .forEach(readSoon);
}

/** A burst of news about one thing is read once. */
function readSoon(element: HTMLElement): void {
  window.clearTimeout(pending.get(element));
  pending.set(
    element,
    window.setTimeout(() => {
      pending.delete(element);
      if (element.isConnected) htmx().trigger(element, "live");
    }, 250),
  );
}

function show(state: State): void {
  document.body.dataset.liveState = state;
  all("[data-live-words]").forEach((line) => (line.textContent = WORDS[state]));
  const isAway = state === "reconnecting" || state === "offline";
  window.clearTimeout(banner);
  const line = one("#offline");
  if (!line) return;
  if (!isAway) line.hidden = true;
  else
    banner = window.setTimeout(() => {
      line.hidden = false;
      one("[data-words]", line)!.textContent = `${WORDS[document.body.dataset.liveState as State]}.`;
    }, PATIENCE);
  document.dispatchEvent(new CustomEvent("live-state"));
}

// Sending is possible when the page shows all there is; see composer.ts.
export const mayBeStale = (): boolean => ["reconnecting", "offline"].includes(document.body.dataset.liveState ?? "");

export const whenLiveChanges = (act: () => void): void => document.addEventListener("live-state", debounce(0, act));
