// How long a text is in the unit in which a network counts. The same answers as engagement/rules/length.py.
export type Unit = "characters" | "graphemes" | "utf16" | "bytes" | "sms_segments";

const GSM_ONE = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const GSM_TWO = new Set("\f^{}\\[~]|€");
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

export function lengthOf(text: string, unit: Unit): number {
  switch (unit) {
    case "graphemes":
      return Array.from(segmenter.segment(text)).length;
    case "utf16":
      return text.length;
    case "bytes":
      return new TextEncoder().encode(text).length;
    case "sms_segments":
      return smsSegments(text);
    default:
      return Array.from(text).length;
  }
}

function smsSegments(text: string): number {
  const letters = Array.from(text);
  if (letters.every((c) => GSM_ONE.has(c) || GSM_TWO.has(c)))
    return segments(letters.reduce((sum, c) => sum + (GSM_TWO.has(c) ? 2 : 1), 0), 160, 153);
  return segments(text.length, 70, 67);
}

const segments = (size: number, alone: number, joined: number): number => (size <= alone ? 1 : Math.ceil(size / joined));
