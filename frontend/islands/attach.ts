// Files for a reply: chosen, pasted or dropped, they are kept at once, so that a reload loses none.
import { all, closest, csrf, htmx, one } from "./dom";

document.addEventListener("click", (event) => {
  const button = closest(event, "[data-attach]");
  if (button) one<HTMLInputElement>("[data-attach-of]", button.closest("form") as HTMLElement)?.click();
});

document.addEventListener("change", (event) => {
  const chooser = closest<HTMLInputElement>(event, "[data-attach-of]");
  if (!chooser?.files?.length) return;
  void keep(chooser, Array.from(chooser.files));
  chooser.value = "";
});

document.addEventListener("paste", (event) => take(event, event.clipboardData));
document.addEventListener("drop", (event) => take(event, event.dataTransfer));
document.addEventListener("dragover", (event) => {
  if (chooserAt(event) && event.dataTransfer?.types.includes("Files")) event.preventDefault();
});

function take(event: Event, brought: DataTransfer | null): void {
  const chooser = chooserAt(event);
  const files = Array.from(brought?.files ?? []);
  if (!chooser || !files.length) return;
  event.preventDefault();
  void keep(chooser, files);
}

/** Where files may be brought: a reply whose way takes them. */
function chooserAt(event: Event): HTMLInputElement | null {
  const form = closest<HTMLFormElement>(event, "form[data-composer]");
  const button = form && one("[data-attach]", form);
  return form && button && !button.hidden ? one<HTMLInputElement>("[data-attach-of]", form) : null;
}

async function keep(chooser: HTMLInputElement, files: File[]): Promise<void> {
  const form = chooser.closest<HTMLFormElement>("form")!;
  const refusal = one("[data-refusal]", form)!;
  const body = new FormData();
  files.forEach((file) => body.append("files", file));
  all<HTMLInputElement>("[data-file] input", form).forEach((alt) => body.append(alt.name, alt.value));
  try {
    const response = await fetch(chooser.dataset.attachOf as string, { method: "POST", body, headers: { "X-CSRFToken": csrf() } });
    if (!response.ok) throw new Error(String(response.status));
    const list = one("[data-files]", form)!;
    list.innerHTML = await response.text();
    htmx().process(list);
    form.dispatchEvent(new CustomEvent("files", { bubbles: true }));
  } catch {
    refusal.textContent = "The files were not kept. Try again when you are back online, or choose smaller ones.";
    refusal.hidden = false;
  }
}
