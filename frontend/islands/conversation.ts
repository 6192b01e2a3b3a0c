// The conversation: starts at its newest words and stays there while new ones come, unless one has scrolled up to read.
import { all, closest, htmx, one } from "./dom";

let wasAtEnd = true;

const scroller = () => one("[data-story]");

function isAtEnd(element: HTMLElement): boolean {
  return element.scrollHeight - element.scrollTop - element.clientHeight < 80;
}

function toEnd(): void {
  const story = scroller();
  if (story) story.scrollTop = story.scrollHeight;
}

document.addEventListener("htmx:beforeSwap", () => {
  const story = scroller();
  wasAtEnd = !story || isAtEnd(story);
});

document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = (event as CustomEvent<{ target: Element }>).detail;
  if (target?.id === "conversation-area") {
    document.body.classList.remove("panel-open");
    toEnd();
  } else if (target?.id === "talk" && wasAtEnd) toEnd();
});

// Evidence words are underlined when one asks which words a verdict rests on.
document.addEventListener("click", (event) => {
  const button = closest(event, "[data-shows-evidence]");
  if (!button) return;
  const message = one(`#words-${button.dataset.showsEvidence}`);
  if (!message) return;
  const isOn = button.getAttribute("aria-pressed") === "true";
  button.setAttribute("aria-pressed", String(!isOn));
  all("mark", message).forEach((mark) => mark.replaceWith(...mark.childNodes));
  message.normalize();
  if (!isOn) (button.dataset.evidence ?? "").split("\u001f").filter(Boolean).forEach((words) => underline(message, words));
});

// Evidence comes without accents, as words are looked for; letter by letter, so that places stay.
const plain = (words: string): string => words.replace(/[\u00c0-\u024f]/g, (letter) => letter.normalize("NFD").charAt(0)).toLowerCase();

function underline(element: HTMLElement, words: string): void {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  while (walker.nextNode()) found.push(walker.currentNode as Text);
  for (const text of found) {
    const at = plain(text.data).indexOf(plain(words));
    if (at < 0 || text.parentElement?.closest("mark")) continue;
    const hit = text.splitText(at);
    hit.splitText(words.length);
    const mark = document.createElement("mark");
    hit.replaceWith(mark);
    mark.append(hit);
  }
}

// A mail as it was sent, in a frame that can do nothing; its height follows its words.
document.addEventListener(
  "load",
  (event) => {
    const frame = event.target;
    if (frame instanceof HTMLIFrameElement && frame.matches("[data-as-sent]")) frame.dataset.loaded = "yes";
  },
  true,
);

document.addEventListener(
  "toggle",
  (event) => {
    const details = event.target;
    if (!(details instanceof HTMLDetailsElement) || !details.open) return;
    const frame = one<HTMLIFrameElement>("iframe[data-address]", details);
    if (frame && !frame.src) frame.src = frame.dataset.address as string;
  },
  true,
);

document.addEventListener("click", (event) => {
  const button = closest<HTMLButtonElement>(event, "[data-loads-pictures]");
  if (!button) return;
  const frame = one<HTMLIFrameElement>("iframe[data-address]", button.closest("details") as HTMLElement);
  if (frame) frame.src = `${frame.dataset.address}?images`;
  button.remove();
});

// After words of ours: the story reads itself anew at once.
document.addEventListener("said", () => {
  const talk = one("#talk");
  if (talk) htmx().trigger(talk, "live");
});

toEnd();
window.addEventListener("load", toEnd);
