// Facts already given: one click puts them into the words; and a question for one of them may be asked all the same, in which
// case nothing more is said about it in this conversation.
import { all, closest, one } from "./dom";

const key = () => `asked-all-the-same:${one("[data-conversation]")?.dataset.conversation ?? ""}`;
const dismissed = (): string[] => (sessionStorage.getItem(key()) ?? "").split(" ").filter(Boolean);

/** Shows the questions that ask for what is on file, but those that are asked all the same. */
export function showAgain(form: HTMLFormElement, html: string): void {
  const strip = one("[data-again-of]", form);
  if (!strip) return;
  if (strip.dataset.shown !== html) {
    strip.dataset.shown = html;
    strip.innerHTML = html;
  }
  const gone = dismissed();
  all("[data-again]", strip).forEach((line) => (line.hidden = gone.includes(line.dataset.again ?? "")));
  strip.hidden = all("[data-again]", strip).every((line) => line.hidden);
}

document.addEventListener("click", (event) => {
  const dismisses = closest<HTMLButtonElement>(event, "[data-dismisses]");
  const form = dismisses?.closest<HTMLFormElement>("form");
  if (dismisses && form) {
    sessionStorage.setItem(key(), [...dismissed(), dismisses.dataset.dismisses].join(" "));
    showAgain(form, one("[data-again-of]", form)?.dataset.shown ?? "");
    one("textarea", form)?.focus();
  }
  const inserts = closest<HTMLButtonElement>(event, "[data-inserts]");
  if (inserts) insert(inserts.dataset.inserts ?? "");
});

function insert(value: string): void {
  const field = all<HTMLTextAreaElement>("form[data-composer]:not([hidden]) textarea").find((each) => !each.disabled);
  if (!field) return;
  const before = field.value.slice(0, field.selectionStart);
  const after = field.value.slice(field.selectionEnd);
  const words = `${before && !/\s$/.test(before) ? " " : ""}${value}${after && !/^[\s.,;:!?]/.test(after) ? " " : ""}`;
  field.focus();
  field.setRangeText(words, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
