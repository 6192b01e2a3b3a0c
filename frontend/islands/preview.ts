// What the network will get, asked of the server after a pause in typing: its parts, and whether public words are held. And the
// words that a network approved, where it takes no others.
import { showAgain } from "./again";
import { all, closest, csrf, htmx, one } from "./dom";
import { needsTime, showPromises } from "./promises";

interface Preview {
  words: string;
  parts: string;
  held: string;
  again: string;
  promises: string;
}

const asked = new WeakMap<HTMLFormElement, number>();

/** Shows what would go out now. Answers of earlier askings are passed over. */
export async function preview(form: HTMLFormElement): Promise<Preview | null> {
  const address = form.dataset.preview;
  if (!address || !chosenWay(form)) return null;
  const turn = (asked.get(form) ?? 0) + 1;
  asked.set(form, turn);
  form.dataset.previewed = "yes";
  try {
    const response = await fetch(address, { method: "POST", body: new FormData(form), headers: { "X-CSRFToken": csrf() } });
    if (!response.ok || asked.get(form) !== turn || !form.isConnected) return null;
    const found = (await response.json()) as Preview;
    show(form, found);
    return found;
  } catch {
    return null; // the line that says "not saved yet" is enough
  }
}

function show(form: HTMLFormElement, found: Preview): void {
  const line = one("[data-preview-words]", form);
  if (line) line.textContent = found.parts ? found.words : "As it goes out";
  put(one("[data-parts]", form), found.parts || `<p class="menu-head"></p>`);
  if (!found.parts) one("[data-parts] p", form)!.textContent = found.words || "Write something first";
  const strip = one("[data-held]", form);
  put(strip, found.held);
  if (strip) strip.hidden = !found.held;
  showAgain(form, found.again);
  showPromises(form, found.promises);
  document.dispatchEvent(new CustomEvent("previewed"));
}

/** Only what changed: a button that has focus keeps it. */
function put(element: HTMLElement | null, html: string): void {
  if (!element || element.dataset.shown === html) return;
  element.dataset.shown = html;
  element.innerHTML = html;
}

// A server that held the words says why beside them, and the choice has the focus.
document.addEventListener("htmx:responseError", (event) => {
  const { elt, xhr } = (event as CustomEvent<{ elt: HTMLElement; xhr: XMLHttpRequest }>).detail;
  const form = elt.closest<HTMLFormElement>("form[data-preview]");
  if (!form || xhr.status !== 409) return;
  void preview(form).then((found) => {
    const ask = found?.held ? one("[data-held] button", form) : needsTime(form);
    if (!ask) return;
    one("[data-refusal]", form)!.hidden = true;
    ask.focus();
  });
});

document.addEventListener("click", (event) => {
  const button = closest<HTMLButtonElement>(event, "[data-takes-way]");
  const form = button?.closest<HTMLFormElement>("form");
  const way = form && all<HTMLInputElement>("[name=route]", form).find((each) => each.value === button!.dataset.takesWay);
  if (!way) return;
  way.checked = true;
  way.dispatchEvent(new Event("change", { bubbles: true }));
});

// ── Words that a network approved ──

export const chosenWay = (form: HTMLFormElement): HTMLInputElement | null => one<HTMLInputElement>("[name=route]:checked", form);

export const takesApprovedOnly = (form: HTMLFormElement): boolean => chosenWay(form)?.dataset.approvedOnly !== undefined;

/** A choice of approved words in the place of one's own, which stay as they are; or the other way round. */
export function showApproved(form: HTMLFormElement): void {
  const choice = one("[data-approved-words-of]", form);
  const field = one<HTMLTextAreaElement>("textarea", form);
  if (!choice || !field) return;
  const isFor = takesApprovedOnly(form) ? chosenWay(form)!.value : "";
  if ((choice.dataset.of ?? "") === isFor) return;
  choice.dataset.of = isFor;
  choice.hidden = !isFor;
  field.hidden = Boolean(isFor);
  choice.replaceChildren();
  if (isFor) fetchApproved(form, "");
}

function fetchApproved(form: HTMLFormElement, template: string): void {
  const target = one("[data-approved-words-of]", form)!;
  const asking = new URLSearchParams({ route: target.dataset.of ?? "", template });
  void htmx()
    .ajax("GET", `${form.dataset.approved}?${asking}`, { target, swap: "innerHTML" })
    .then(() => {
      (one("[name=gap]", target) ?? one("[name=template]", target))?.focus();
      void preview(form);
    });
}

/** Whether approved words are chosen and no gap is left. */
export const areApprovedComplete = (form: HTMLFormElement): boolean =>
  Boolean(one<HTMLSelectElement>("[name=template]", form)?.value) &&
  all<HTMLInputElement>("[name=gap]", form).every((gap) => gap.value.trim());

document.addEventListener("change", (event) => {
  const choice = closest<HTMLSelectElement>(event, "[data-approved-words]");
  const form = choice?.closest<HTMLFormElement>("form");
  if (choice && form) fetchApproved(form, choice.value);
});
