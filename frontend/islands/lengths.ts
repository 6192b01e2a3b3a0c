// How long a text is in the unit in which a network counts. The same answers as listening/channels/lengths.py.
export type Unit = "characters" | "graphemes" | "utf16" | "bytes" | "sms_segments" | "weighted";

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
    case "weighted":
      return weighted(text);
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

const LINK = /https?:\/\/[^\s<>"]+/gi;
const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[0-9#*]\uFE0F?\u20E3|\p{Regional_Indicator}{2}/u;
const LIGHT = [[0x0000, 0x10ff], [0x2000, 0x200d], [0x2010, 0x201f], [0x2032, 0x2037]];

function weighted(text: string): number {
  const composed = text.normalize("NFC");
  const links = composed.match(LINK)?.length ?? 0;
  const letters = Array.from(segmenter.segment(composed.replace(LINK, "")), (s) => s.segment);
  return letters.reduce((sum, letter) => sum + weight(letter), links * 23);
}

function weight(letter: string): number {
  if (EMOJI.test(letter)) return 2;
  const light = (c: string): boolean => LIGHT.some(([first, last]) => first <= c.codePointAt(0)! && c.codePointAt(0)! <= last);
  return Array.from(letter).reduce((sum, c) => sum + (light(c) ? 1 : 2), 0);
}
