// hx-swap="morph:outerHTML": change only what differs, so that what is open stays open and what has focus keeps it.
import { Idiomorph } from "idiomorph";
import { htmx } from "./dom";

const callbacks = {
  beforeAttributeUpdated(name: string, node: Element): boolean {
    return !(name === "open" && node instanceof HTMLDetailsElement);
  },
  beforeNodeMorphed(old: Node): boolean {
    return !(old instanceof Element && old.hasAttribute("data-keep"));
  },
};

htmx().defineExtension("morph", {
  isInlineSwap: (style: string) => style.startsWith("morph"),
  handleSwap(style: string, target: Element, fragment: DocumentFragment): Node[] | undefined {
    if (!style.startsWith("morph")) return undefined;
    const morphStyle = style.endsWith("innerHTML") ? "innerHTML" : "outerHTML";
    const morphed = Idiomorph.morph(target, fragment.children as unknown as Node[], {
      morphStyle,
      ignoreActiveValue: true,
      callbacks,
    });
    return (morphed as Node[] | undefined) ?? [target];
  },
});
