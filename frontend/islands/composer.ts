// The composer: says how much room is left on the chosen way, keeps the draft on the server while one types, and sends
// only when the page has caught up with what happened.
import { all, closest, csrf, debounce, one } from "./dom";
import "./attach";
import { lengthOf, type Unit } from "./lengths";
import { mayBeStale, whenLiveChanges } from "./live";
import { areApprovedComplete, preview, showApproved, takesApprovedOnly } from "./preview";

interface Saved {
  version: number;
  text: string;
  conflict: boolean;
  warnings: string[];
}

const previewSoon = debounce(600, (form: HTMLFormElement) => void preview(form));
const savers = new WeakMap<HTMLFormElement, () => void>();

document.addEventListener("input", (event) => {
  const form = closest<HTMLFormElement>(event, "form[data-composer]");
  if (!form) return;
  measure(form);
  if (event.target instanceof HTMLTextAreaElement) {
    one("[data-refusal]", form)!.hidden = true;
    say(form, "");
    saverOf(form)();
  } else if (event.target instanceof HTMLInputElement && event.target.name === "gap") previewSoon(form);
  else if (event.target instanceof HTMLInputElement && event.target.name.startsWith("alt-")) saverOf(form)();
});

document.addEventListener("change", (event) => {
  const form = closest<HTMLFormElement>(event, "form[data-composer]");
  if (!form) return;
  measure(form);
  if (event.target instanceof HTMLInputElement && event.target.name === "route") {
    event.target.closest<HTMLDetailsElement>("details")!.open = false;
    one("[data-refusal]", form)!.hidden = true;
    saverOf(form)();
    one("textarea", form)?.focus();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
  const form = closest<HTMLFormElement>(event, "form[data-composer]");
  const button = form && one<HTMLButtonElement>("[data-send]", form);
  if (!form || !button || button.disabled) return;
  event.preventDefault();
  form.requestSubmit(button);
});

document.addEventListener("click", (event) => {
  const tab = closest<HTMLButtonElement>(event, "[data-composes]");
  if (tab) choose(tab.dataset.composes as string);
});

/** Reply or note: two forms with a draft each, so that neither leaks into the other. */
function choose(mode: string): void {
  all("[data-composes]").forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.composes === mode)));
  all<HTMLFormElement>("form[data-composer]").forEach((form) => (form.hidden = form.dataset.composer !== mode));
  const field = one<HTMLTextAreaElement>(`form[data-composer="${mode}"] textarea`);
  field?.focus();
  field?.setSelectionRange(field.value.length, field.value.length);
}

function saverOf(form: HTMLFormElement): () => void {
  let saver = savers.get(form);
  if (!saver) savers.set(form, (saver = debounce(600, () => void save(form))));
  return saver;
}

async function save(form: HTMLFormElement): Promise<void> {
  const field = one<HTMLTextAreaElement>("textarea", form);
  const version = one<HTMLInputElement>("[name=version]", form);
  if (!field || !version || !form.isConnected || form.classList.contains("htmx-request")) return;
  void preview(form);
  const typed = field.value;
  const body = new FormData(form);
  try {
    const response = await fetch(form.dataset.draft as string, { method: "POST", body, headers: { "X-CSRFToken": csrf() } });
    if (!response.ok) throw new Error(String(response.status));
    const saved = (await response.json()) as Saved;
    version.value = String(saved.version);
    if (saved.conflict && field.value === typed) field.value = saved.text;
    if (saved.conflict) showConflict(form);
    showWarnings(form, saved.warnings);
    say(form, "Draft kept");
    measure(form);
  } catch {
    say(form, "Not saved yet; trying again");
    window.setTimeout(saverOf(form), 4000);
  }
}

function showConflict(form: HTMLFormElement): void {
  const line = one("[data-conflict]", form);
  if (line) line.hidden = false;
}

function showWarnings(form: HTMLFormElement, warnings: string[]): void {
  const list = one("[data-warnings]", form);
  if (!list) return;
  list.hidden = !warnings.length;
  one("ul", list)!.replaceChildren(...warnings.map((words) => Object.assign(document.createElement("li"), { textContent: words })));
}

function say(form: HTMLFormElement, words: string): void {
  const line = one("[data-saved]", form);
  if (line) line.textContent = words;
}

function measure(form: HTMLFormElement): void {
  const field = one<HTMLTextAreaElement>("textarea", form);
  const button = one<HTMLButtonElement>("[data-send]", form);
  if (!field || !button) return;
  const way = one<HTMLInputElement>("[name=route]:checked", form);
  const left = way ? roomLeft(field.value, way) : null;
  const isPublic = way?.dataset.visibility === "public";
  form.classList.toggle("is-public", isPublic);
  showWay(form, way);
  showApproved(form);
  showRoom(form, way, left);
  const isReply = form.dataset.composer === "reply";
  const tooLong = left !== null && left < 0 && way?.dataset.overflow !== "split";
  const attach = one("[data-attach]", form);
  if (attach) attach.hidden = way?.dataset.takesFiles === undefined;
  const hasFiles = Boolean(one("[data-file]", form));
  const hasWords = takesApprovedOnly(form) ? areApprovedComplete(form) : (Boolean(field.value.trim()) || hasFiles) && !tooLong;
  button.disabled = !hasWords || (isReply && (!way || mayBeStale()));
  const words = one("[data-send-words]", button);
  if (words && isReply) words.textContent = mayBeStale() ? "Waiting for connection" : isHeld(form) ? "Held" : isPublic ? "Send in public" : "Send";
}

const isHeld = (form: HTMLFormElement): boolean => one("[data-held]", form)?.hidden === false;

function roomLeft(text: string, way: HTMLInputElement): number | null {
  return way.dataset.max && way.dataset.approvedOnly === undefined ? Number(way.dataset.max) - lengthOf(text, way.dataset.unit as Unit) : null;
}

function showWay(form: HTMLFormElement, way: HTMLInputElement | null): void {
  const chosen = one("[data-way]", form);
  const label = way && one("[data-way-words]", way.closest("label") as HTMLElement);
  const shut = one("[data-shut]", form);
  if (shut) shut.hidden = Boolean(way);
  const advice = one("[data-advice]", form);
  if (advice) advice.hidden = advice.dataset.advice === "private" && way?.dataset.visibility === "private";
  if (chosen && label) chosen.replaceChildren(...Array.from(label.childNodes).map((node) => node.cloneNode(true)));
}

function showRoom(form: HTMLFormElement, way: HTMLInputElement | null, left: number | null): void {
  const line = one("[data-left]", form);
  if (!line) return;
  const unit = way?.dataset.unit === "graphemes" || way?.dataset.unit === "utf16" ? "" : ` ${way?.dataset.unit?.replace("_", " ") ?? ""}`;
  const isOver = left !== null && left < 0;
  if (left === null) line.textContent = "";
  else if (isOver && way?.dataset.overflow === "split") line.textContent = "goes out in several parts";
  else line.textContent = isOver ? `${-left}${unit} too long` : `${left}${unit} left`;
  line.classList.toggle("due-late", isOver && way?.dataset.overflow !== "split");
}

const measureAll = () =>
  all<HTMLFormElement>("form[data-composer]").forEach((form) => {
    measure(form);
    if (form.dataset.preview && !form.dataset.previewed && (one<HTMLTextAreaElement>("textarea", form)?.value || one("[data-file]", form)))
      void preview(form);
  });

document.addEventListener("htmx:afterSettle", measureAll);
document.addEventListener("previewed", measureAll);
for (const news of ["files", "promises", "htmx:afterSwap"])
  document.addEventListener(news, (event) => {
    const form = closest<HTMLFormElement>(event, "form[data-composer]");
    if (!form) return;
    measure(form);
    void preview(form);
  });
whenLiveChanges(measureAll);
measureAll();
