// Ctrl or Cmd and K: go to a page or a queue, or search, without leaving the keyboard.
import { all, htmx, one } from "./dom";

export function openPalette(): void {
  const dialog = one<HTMLDialogElement>("#palette-dialog");
  if (!dialog || dialog.open) return;
  dialog.showModal();
  void htmx()
    .ajax("GET", dialog.dataset.source as string, { target: dialog, swap: "innerHTML" })
    .then(() => {
      const field = one<HTMLInputElement>("[data-palette-input]", dialog);
      field?.focus();
      if (field) narrow(field);
    });
}

function narrow(field: HTMLInputElement): void {
  const asked = field.value.trim().toLowerCase();
  const options = all<HTMLAnchorElement>("#palette-options [role=option]");
  options.forEach((option) => {
    const isSearch = option.hasAttribute("data-palette-search");
    option.hidden = isSearch ? !asked : !(option.dataset.words ?? "").includes(asked);
    if (isSearch) {
      one("[data-palette-asked]", option)!.textContent = field.value.trim();
      option.href = option.href.replace(/q=[^&]*$/, `q=${encodeURIComponent(field.value.trim())}`);
    }
  });
  choose(options.find((option) => !option.hidden));
}

function choose(option: HTMLAnchorElement | undefined): void {
  all("#palette-options [role=option]").forEach((other) => other.setAttribute("aria-selected", String(other === option)));
  one("[data-palette-input]")?.setAttribute("aria-activedescendant", option?.id ?? "");
  option?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("input", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.matches("[data-palette-input]")) narrow(event.target);
});

document.addEventListener("keydown", (event) => {
  if (!(event.target instanceof Element) || !event.target.matches("[data-palette-input]")) return;
  const options = all<HTMLAnchorElement>("#palette-options [role=option]").filter((option) => !option.hidden);
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "Enter") {
    options[at]?.click();
    event.preventDefault();
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    choose(options[(at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length]);
    event.preventDefault();
  }
});

document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-opens-palette]")) openPalette();
});
