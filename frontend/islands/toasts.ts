// Words about what just happened, with an undo where there is one; and what to say when a request failed.
import { all, htmx, one } from "./dom";

interface Toast {
  words: string;
  undo?: string;
}

export function toast({ words, undo }: Toast): void {
  const box = document.createElement("div");
  box.className = "toast-h";
  box.dataset.toast = "";
  const said = Object.assign(document.createElement("span"), { className: "said", textContent: words });
  box.append(said);
  if (undo) box.append(undoButton(undo));
  one("#toasts")?.append(box);
  fade(box, undo ? 12_000 : 6_000);
}

function undoButton(address: string): HTMLButtonElement {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button button-small", textContent: "Undo" });
  button.addEventListener("click", () => {
    const talk = one("#talk");
    void htmx().ajax("POST", address, talk ? { target: talk, swap: "morph:outerHTML" } : { swap: "none" });
    button.closest("[data-toast]")?.remove();
  });
  return button;
}

function fade(box: HTMLElement, milliseconds: number): void {
  window.setTimeout(() => (box.matches(":hover, :focus-within") ? fade(box, 3_000) : box.remove()), milliseconds);
}

document.addEventListener("toast", (event) => toast((event as CustomEvent<Toast>).detail));

document.addEventListener("htmx:responseError", (event) => {
  const { xhr, elt } = (event as CustomEvent<{ xhr: XMLHttpRequest; elt: Element }>).detail;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const words = page.querySelector("[data-error-words]")?.textContent?.trim() || "That did not work. Nothing was lost; try again.";
  const beside = one("[data-refusal]", elt); // words about words stand beside them
  if (!beside) return toast({ words });
  beside.textContent = words;
  beside.hidden = false;
});

document.addEventListener("htmx:sendError", () =>
  toast({ words: "No connection. What you typed is kept; try again when you are back." }),
);

all("#toasts [data-toast]").forEach((box) => fade(box, 8_000));
