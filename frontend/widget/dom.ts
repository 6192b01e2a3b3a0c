// Elements by name, without a library and without a line of HTML in a text.
type Given = Record<string, string | boolean | ((event: never) => void)>;

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  given: Given = {},
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...inside);
  return element;
}

export const box = (css: string, ...inside: (Node | string)[]): HTMLElement => make("div", { class: css }, ...inside);

const SVG = "http://www.w3.org/2000/svg";

/** A button that shows a drawing and is called by a name. */
export function button(css: string, name: string, d: string, press?: () => void): HTMLButtonElement {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  drawing.append(path);
  const element = make("button", { class: css, type: press ? "button" : "submit", "aria-label": name });
  if (press) element.onclick = press;
  element.append(drawing);
  return element;
}

/** Words as text, with addresses of pages as links: never as HTML. */
export function words(text: string): Node[] {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)'\]])/).map((part, n) =>
    n % 2 ? make("a", { href: part, target: "_blank", rel: "noopener nofollow" }, part) : document.createTextNode(part),
  );
}
