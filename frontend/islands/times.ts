// Relative moments go on counting. The words are those of kernel/rules/moments.py.
import { all } from "./dom";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

export function inWords(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds));
  if (whole < MINUTE) return "under a minute";
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  if (whole < 2 * DAY) return `${Math.floor(whole / HOUR)} h`;
  return `${Math.floor(whole / DAY)} days`;
}

function words(style: string, seconds: number): string | null {
  if (style === "due") return seconds <= 0 ? `due in ${inWords(seconds)}` : `late by ${inWords(seconds)}`;
  if (Math.abs(seconds) >= DAY) return null; // as the server wrote it
  if (style === "short") return seconds < MINUTE ? "now" : inWords(seconds);
  if (style === "ago") return seconds < MINUTE ? "just now" : `${inWords(seconds)} ago`;
  return null;
}

window.setInterval(() => {
  all<HTMLTimeElement>("time[data-style]").forEach((time) => {
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    const said = words(time.dataset.style ?? "", seconds);
    if (said !== null && said !== time.textContent) time.textContent = said;
    if (time.dataset.style === "due" && seconds > 0) time.parentElement?.classList.replace("due-soon", "due-late");
  });
}, 30_000);
