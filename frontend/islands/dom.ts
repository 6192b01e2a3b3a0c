// The few words every island uses.
declare global {
  interface Window {
    htmx: Htmx;
  }
}

export interface Htmx {
  ajax(verb: string, path: string, context: { target?: string | Element; swap?: string; values?: object }): Promise<void>;
  trigger(element: Element, event: string, detail?: object): void;
  defineExtension(name: string, extension: object): void;
  process(element: Element): void;
}

export const htmx = (): Htmx => window.htmx;

export const one = <T extends HTMLElement>(selector: string, within: ParentNode = document): T | null =>
  within.querySelector<T>(selector);

export const all = <T extends HTMLElement>(selector: string, within: ParentNode = document): T[] =>
  Array.from(within.querySelectorAll<T>(selector));

export const closest = <T extends HTMLElement>(event: Event, selector: string): T | null =>
  event.target instanceof Element ? event.target.closest<T>(selector) : null;

export const isVisible = (element: HTMLElement): boolean => element.checkVisibility?.({ visibilityProperty: true }) ?? true;

// What is pressed rather than written in leaves the keys to the page.
const PRESSED = /^(button|checkbox|color|file|image|radio|range|reset|submit)$/;

export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
    (target instanceof HTMLInputElement && !PRESSED.test(target.type)));

export function debounce<A extends unknown[]>(milliseconds: number, act: (...given: A) => void): (...given: A) => void {
  let timer = 0;
  return (...given) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => act(...given), milliseconds);
  };
}

export const csrf = (): string =>
  (JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as Record<string, string>)["X-CSRFToken"] ?? "";
