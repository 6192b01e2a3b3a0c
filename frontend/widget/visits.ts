// What a page of a site tells Heard of its visitor: nothing at all before they agreed, and nothing once they said no.
//
//   <script async src="https://heard.example/site/KEY/visits.js"></script>
//   heardVisits.agree("v1")     when the visitor agreed to these words of yours      heardVisits.refuse()    forgets who they are
//   heardVisits.tell("search", "wireless router")                                    one thing that they did
//
// No cookie is ever set. Who they are is a random number in this site's own storage, put there by agree() and taken away by refuse().

type Agreed = { visitor: string; at: string; to: string };
const NAME = "heard.visits";
const script = document.currentScript as HTMLScriptElement | null;
const where = script ? script.src.replace(/visits\.js.*$/, "events") : "";
const random = () => crypto.randomUUID().replace(/-/g, "");
const saysNo = () => (navigator as Navigator & { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
let visit = "";

function agreed(): Agreed | null {
  try {
    return JSON.parse(localStorage.getItem(NAME) ?? "null") as Agreed | null;
  } catch {
    return null;
  }
}

function tell(kind: string, detail = ""): void {
  const who = agreed();
  if (!who || !where || saysNo()) return;
  visit ||= sessionStorage.getItem(NAME) ?? random();
  sessionStorage.setItem(NAME, visit);
  const event = {
    visitor: who.visitor,
    visit,
    key: random(),
    at: new Date().toISOString(),
    agreed_at: who.at,
    agreed_to: who.to,
    kind,
    url: location.origin + location.pathname,
    title: document.title.slice(0, 200),
    detail: detail.slice(0, 200),
    referrer: document.referrer.split(/[?#]/)[0].slice(0, 500),
  };
  void fetch(where, { method: "POST", mode: "no-cors", credentials: "omit", keepalive: true, body: JSON.stringify([event]) }).catch(() => undefined);
}

function agree(words = ""): void {
  if (saysNo()) return;
  if (!agreed()) localStorage.setItem(NAME, JSON.stringify({ visitor: random(), at: new Date().toISOString(), to: words }));
  tell("view");
}

function refuse(): void {
  localStorage.removeItem(NAME);
  sessionStorage.removeItem(NAME);
  visit = "";
}

Object.assign(window, { heardVisits: { agree, refuse, tell } });
tell("view");
