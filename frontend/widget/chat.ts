// The chat in the corner of somebody's site: one script, a shadow root, and nothing of the page's own touched.
import { box, button, make, words } from "./dom";
import { Line, No, wait, type File_, type Message, type Settings } from "./line";
import { Store, type Waiting } from "./store";

// The texts by name: src/heard/listening/channels/webchat/texts.py.
type Name =
  | "open"
  | "close"
  | "send"
  | "write"
  | "attach"
  | "name"
  | "email"
  | "message"
  | "greeting"
  | "offline"
  | "offline_chat"
  | "left"
  | "left_chat"
  | "lost"
  | "not_sent"
  | "too_many"
  | "file_size"
  | "file_type"
  | "visitor"
  | "back"
  | "needed";

interface Person {
  id: string | number;
  email?: string;
  name?: string;
  hash?: string;
}

type Command = ["identify", Person] | ["open"] | ["close"] | ["reset"];

declare const STYLE: string; // chat.css, put in by build.py: a constructed style sheet needs no leave of the page's policy

const complain = (words: string) => console.error(`Heard chat: ${words}`);

class Chat {
  readonly #store: Store;
  readonly #line: Line;
  #settings!: Settings;
  #settingsAt = 0;
  readonly #host = document.createElement("heard-chat");
  readonly #shown = new Map<string, HTMLElement>();
  #unread = new Set<string>();
  #isSending = false;
  #isUp = true;
  #writesMail = false;
  #newest = 0;
  #known: Promise<unknown> = Promise.resolve();

  #launch!: HTMLButtonElement;
  #count!: HTMLElement;
  #panel!: HTMLElement;
  #log!: HTMLElement;
  #note!: HTMLElement;
  #compose!: HTMLFormElement;
  #text!: HTMLTextAreaElement;
  #form!: HTMLFormElement;

  constructor(chat: string) {
    this.#store = new Store(`heard-chat ${chat}`);
    this.#line = new Line(chat, () => this.#store.get("token"));
  }

  async start(): Promise<void> {
    await this.#learn();
    if (!document.body) await new Promise((ready) => addEventListener("DOMContentLoaded", ready));
    if (this.#store.get("token") && !this.#settings.known) this.#store.set({ token: "", who: "", seen: 0 });
    this.#draw();
  }

  async run(command: Command): Promise<void> {
    if (command[0] === "identify") await this.#identify(command[1]);
    else if (command[0] === "open") this.#open();
    else if (command[0] === "close") this.#close();
    else if (command[0] === "reset") this.#reset();
    else complain(`no command ${command[0]}`);
  }

  /** When everything is in place: what was not sent before, and whatever is said from here on. */
  begin(): void {
    for (const waiting of this.#store.get("waiting")) this.#show(mine(waiting));
    if (this.#store.get("token")) this.#listen();
    void this.#flush();
  }

  #t(name: Name): string {
    return this.#settings.texts[name];
  }

  /** The settings of the chat. Tries until it gets them; a refusal ends it, and is the site's to mend. */
  async #learn(): Promise<void> {
    for (let pause = 2; ; pause = Math.min(64, pause * 2)) {
      try {
        this.#settings = await this.#line.ask<Settings>(`settings?languages=${languages()}`);
        this.#settingsAt = Date.now();
        return;
      } catch (error) {
        if (!(error instanceof No) || (error.status && error.status < 500 && error.status !== 429)) throw error;
        if (!error.status && pause === 2) complain("no answer; does the policy allow it?");
        await wait(pause);
      }
    }
  }

  // ── Drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #draw(): void {
    const root = this.#host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.#host.style.setProperty("--brand", this.#settings.colour);
    this.#host.style.setProperty("--ink", this.#settings.ink);
    this.#host.lang = this.#settings.language;

    this.#count = make("span", { class: "count", "aria-hidden": "true", hidden: true });
    this.#launch = button("launch", "", "M21 12a8 8 0 0 1-8 8H3l2.5-3A8 8 0 1 1 21 12z", () => this.#open());
    this.#launch.setAttribute("aria-haspopup", "dialog");
    this.#launch.append(this.#count);

    const shut = button("icon", this.#t("close"), "M6 6l12 12M18 6L6 18", () => this.#close());
    this.#log = make("div", { class: "log", role: "log", "aria-live": "polite", tabindex: "0", "aria-label": this.#settings.title });
    this.#log.append(this.#bubble("", box("said", ...words(this.#t("greeting")))));
    this.#note = make("div", { class: "note", role: "status" });
    this.#compose = this.#drawCompose();
    this.#form = this.#drawForm();
    this.#panel = make("div", { class: "panel", role: "dialog", "aria-label": this.#settings.title, hidden: true });
    this.#panel.append(make("header", {}, make("h2", {}, this.#settings.title), shut), this.#log, this.#note, this.#compose, this.#form);
    this.#panel.addEventListener("keydown", (event) => {
      event.stopPropagation(); // the page's own shortcuts are not meant
      if (event.key === "Escape") this.#close();
    });
    root.append(make("section", { "aria-label": this.#settings.title }, this.#launch, this.#panel));
    document.body.append(this.#host);
    this.#tell();
  }

  #drawCompose(): HTMLFormElement {
    this.#text = make("textarea", { rows: "1", "aria-label": this.#t("write"), placeholder: this.#t("write"), maxlength: String(this.#settings.most_letters) });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#compose.requestSubmit();
      }
    });
    this.#text.addEventListener("input", () => {
      this.#text.style.height = "auto";
      this.#text.style.height = `${this.#text.scrollHeight + 2}px`;
    });
    const go = button("icon go", this.#t("send"), "M12 19V5M5 12l7-7 7 7");
    const form = make("form", { class: "compose", submit: (event: Event) => (event.preventDefault(), this.#say()) });
    if (this.#settings.files.length) form.append(...this.#drawAttach());
    form.append(this.#text, go);
    return form;
  }

  #drawAttach(): HTMLElement[] {
    const accept = this.#settings.files.map((ending) => `.${ending}`).join();
    const choose = make("input", { type: "file", accept, tabindex: "-1", "aria-hidden": "true" });
    choose.addEventListener("change", () => {
      for (const file of choose.files ?? []) void this.#attach(file);
      choose.value = "";
    });
    const clip = "M21 11l-9 9a6 6 0 0 1-8.5-8.5l9-9a4 4 0 0 1 5.7 5.7l-9 9a2 2 0 0 1-2.9-2.9l8.4-8.3";
    return [choose, button("icon", this.#t("attach"), clip, () => choose.click())];
  }

  #drawForm(): HTMLFormElement {
    const maxlength = String(this.#settings.most_letters);
    const name = make("input", { autocomplete: "name", maxlength: "120", required: true });
    const email = make("input", { type: "email", autocomplete: "email", maxlength: "254", required: true });
    const text = make("textarea", { maxlength, required: true });
    const said = make("p", { role: "status" }, this.#t("offline"));
    const send = make("button", { class: "wide go" }, this.#t("send"));
    const back = make("button", { class: "back", type: "button", click: () => this.#turn(false) }, this.#t("back"));
    let id = newId();
    const form = make("form", { class: "form", novalidate: true, submit: (event: Event) => {
      event.preventDefault();
      if (form.checkValidity()) void leave();
      else {
        said.textContent = this.#t("needed");
        form.querySelector<HTMLElement>(":invalid")?.focus();
      }
    } });
    const leave = async () => {
      send.disabled = true;
      try {
        await this.#line.ask("left", { id, name: name.value, email: email.value, text: text.value, page: location.href });
        said.textContent = `${this.#t("left")} ${email.value}.`;
        text.value = "";
        id = newId();
      } catch (error) {
        said.textContent = this.#t(reason(error));
      } finally {
        send.disabled = false;
      }
    };
    form.append(said);
    for (const [label, field] of [["name", name], ["email", email], ["message", text]] as const) {
      form.append(make("label", {}, this.#t(label), field));
    }
    form.append(send, back);
    return form;
  }

  /** One message: who and when, then what. */
  #bubble(who: string, ...inside: Node[]): HTMLElement {
    return box("msg", ...(who ? [box("who", who)] : []), ...inside);
  }

  #show(message: Message): HTMLElement {
    const before = this.#shown.get(message.id);
    if (before && !before.dataset.waits) return before;
    const who = `${message.ours ? message.name || this.#settings.title : this.#t("visitor")} · ${new Date(message.at).toLocaleTimeString(this.#settings.language, { timeStyle: "short" })}`;
    const inside: Node[] = message.text ? [box("said", ...words(message.text))] : [];
    for (const file of message.files) inside.push(box("said", this.#link(file)));
    const bubble = this.#bubble(who, ...inside);
    if (!message.ours) bubble.classList.add("mine");
    this.#shown.set(message.id, bubble);
    if (before) before.replaceWith(bubble);
    else this.#log.append(bubble);
    this.#down();
    return bubble;
  }

  #link(file: File_): HTMLElement {
    if (!file.id) return make("span", {}, file.name);
    const fetchIt = async () => {
      try {
        const url = URL.createObjectURL(await this.#line.file(file.id));
        make("a", { href: url, download: file.name }).click();
        setTimeout(() => URL.revokeObjectURL(url), 60_000);
      } catch (error) {
        this.#tell(this.#t(reason(error)));
      }
    };
    return make("button", { class: "file", type: "button", click: () => void fetchIt() }, file.name);
  }

  #down(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** What is to be known besides the words: who is there, and whether the line holds. */
  #tell(trouble = ""): void {
    const parts: (Node | string)[] = [];
    if (trouble || !this.#isUp) parts.push(trouble || this.#t("lost"));
    else if (!this.#settings.open) {
      parts.push(this.#t("offline_chat"));
      if (this.#settings.by_mail) parts.push(" ", make("button", { type: "button", click: () => this.#turn(true) }, this.#t("left_chat")));
    }
    if (this.#note.textContent !== parts.map((part) => (typeof part === "string" ? part : part.textContent)).join("")) {
      this.#note.replaceChildren(...parts);
    }
    const unread = this.#unread.size;
    this.#count.textContent = String(unread);
    this.#count.hidden = !unread;
    this.#launch.setAttribute("aria-label", this.#t("open") + (unread ? ` (${unread})` : ""));
  }

  /** Between the conversation and the form for those who want their answer by mail. */
  #turn(writesMail: boolean): void {
    this.#writesMail = writesMail;
    for (const part of [this.#log, this.#note, this.#compose]) part.hidden = writesMail;
    this.#form.hidden = !writesMail;
    if (this.#panel.hidden) return;
    (writesMail ? this.#form.querySelector("input") : this.#text)?.focus();
  }

  #open(): void {
    if (!this.#panel.hidden) return;
    this.#panel.hidden = false;
    this.#launch.hidden = true;
    this.#read();
    this.#turn(this.#writesMail || (!this.#settings.open && this.#settings.by_mail && !this.#shown.size));
    this.#down();
    if (Date.now() - this.#settingsAt > 60_000) void this.#learn().then(() => this.#tell(), complain);
  }

  #close(): void {
    if (this.#panel.hidden) return;
    this.#panel.hidden = true;
    this.#launch.hidden = false;
    this.#launch.focus();
  }

  #read(): void {
    this.#unread.clear();
    if (this.#newest > this.#store.get("seen")) this.#store.set({ seen: this.#newest });
    this.#tell();
  }

  // ── Speaking and hearing ──────────────────────────────────────────────────────────────────────────────────────────

  #listen(): void {
    const heard = (message: Message) => {
      this.#show(message);
      this.#sent(message.id);
      if (!message.ours) return;
      this.#newest = Math.max(this.#newest, Number(message.id.slice(1)));
      if (this.#newest > this.#store.get("seen")) this.#unread.add(message.id);
      if (this.#panel.hidden) this.#tell();
      else this.#read();
    };
    const state = (isUp: boolean) => {
      this.#isUp = isUp;
      this.#tell();
      if (isUp) void this.#flush();
    };
    void this.#line.listen(heard, state, () => this.#reset());
  }

  #say(): void {
    const text = this.#text.value.trim();
    if (!text) return;
    const waiting: Waiting = { id: newId(), text, page: location.href.slice(0, 500) };
    this.#store.set({ waiting: [...this.#store.get("waiting"), waiting] });
    this.#show(mine(waiting)).dataset.waits = "1";
    this.#text.value = "";
    this.#text.style.height = "";
    void this.#flush();
  }

  /** Everything that waits, one after the other. Each has an id of its own, so what arrives twice is there once. */
  async #flush(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let pause = 1; this.#store.get("waiting").length; ) {
      const [next] = this.#store.get("waiting");
      try {
        await this.#bring("words", next);
        this.#sent(next.id);
        this.#tell();
        pause = 1;
      } catch (error) {
        const no = error as No;
        this.#unsure(next.id, this.#t("not_sent"));
        this.#tell(this.#t(reason(error)));
        if (no.status === 422) this.#sent(next.id, false);
        await wait(no.afterSeconds || pause);
        pause = Math.min(30, pause * 2);
      }
    }
    this.#isSending = false;
  }

  async #attach(file: File): Promise<void> {
    const id = newId();
    const ending = file.name.split(".").pop()!.toLowerCase();
    if (!this.#settings.files.includes(ending)) return this.#tell(this.#t("file_type"));
    if (file.size > this.#settings.most_bytes) return this.#tell(this.#t("file_size"));
    const message = { id, ours: false, name: "", text: "", at: new Date().toISOString(), files: [{ id: 0, name: file.name }] };
    this.#show(message).dataset.waits = "1";
    try {
      await this.#bring(`file?id=${id}&name=${encodeURIComponent(file.name)}`, file);
    } catch (error) {
      this.#unsure(id, `${this.#t("not_sent")}: ${this.#t(reason(error))}`);
    }
  }

  /** Raises No. A token that is over makes the visitor a new one. */
  async #bring(path: string, body: unknown): Promise<void> {
    await this.#answered();
    const had = this.#store.get("token");
    const asking = this.#line.ask<{ token: string }>(path, body);
    if (!had) this.#wait(asking);
    try {
      const { token } = await asking;
      if (this.#store.get("token") !== had) return; // somebody signed in meanwhile
      this.#store.set({ token });
      if (!had) this.#listen();
    } catch (error) {
      if ((error as No).status === 401 && had) this.#store.set({ token: "", who: "" });
      throw error;
    }
  }

  async #answered(): Promise<void> {
    for (let known; known !== this.#known; ) await (known = this.#known);
  }

  /** Until this is answered nobody else is asked who the visitor is: two first messages at once would be two visitors. */
  #wait(asking: Promise<unknown>): void {
    this.#known = asking.then(
      () => {},
      () => {},
    );
  }

  #sent(id: string, isWell = true): void {
    const waiting = this.#store.get("waiting");
    if (waiting.some((one) => one.id === id)) this.#store.set({ waiting: waiting.filter((one) => one.id !== id) });
    if (isWell) this.#shown.get(id)?.querySelector(".bad")?.remove();
  }

  #unsure(id: string, why: string): void {
    const bubble = this.#shown.get(id);
    bubble?.querySelector(".bad")?.remove();
    bubble?.append(make("div", { class: "who bad" }, why));
    this.#down();
  }

  async #identify(person: Person): Promise<void> {
    const id = String(person?.id ?? "");
    try {
      await this.#answered();
      const asking = this.#line.ask<{ token: string }>("identify", { ...person, id });
      this.#wait(asking);
      const { token } = await asking;
      const isSame = this.#store.get("who") === id;
      if (!isSame && this.#store.get("who")) this.#reset();
      this.#line.end();
      this.#store.set({ token, who: id });
      this.#listen();
    } catch (error) {
      complain(`identify was refused: ${(error as Error).message}`);
      // Whoever sits there now, it is not the one whose conversation is on the screen.
      if (this.#store.get("who") && this.#store.get("who") !== id) this.#reset();
    }
  }

  /** Nobody in particular again, and nothing on the screen. */
  #reset(): void {
    this.#line.end();
    this.#store.forget();
    for (const bubble of this.#shown.values()) bubble.remove();
    this.#shown.clear();
    this.#unread.clear();
    this.#newest = 0;
    this.#isUp = true;
    this.#tell();
  }
}

const mine = (waiting: Waiting): Message => ({ id: waiting.id, ours: false, name: "", text: waiting.text, at: new Date().toISOString(), files: [] });

function reason(error: unknown): Name {
  const why = (error as Error).message;
  const known: Name[] = ["too_many", "file_size", "file_type", "needed"];
  return known.find((name) => name === why) ?? "lost";
}

/** The page says in which language it is written; else the visitor's browser knows. */
const languages = () => [document.documentElement.lang, ...navigator.languages].join();

/** randomUUID is only there on encrypted pages. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function main(chat: string): void {
  const page = window as unknown as { heardChat?: Command[] | { push: (command: Command) => void } };
  const asked = page.heardChat ?? [];
  if (!Array.isArray(asked)) return; // it is here already
  const widget = new Chat(chat);
  const started = widget.start().catch((error: Error) => (complain(error.message), new Promise<void>(() => {})));
  let last = started;
  const push = (command: Command) => void (last = last.then(() => widget.run(command)).catch((error) => complain(error)));
  page.heardChat = { push };
  asked.forEach(push);
  void last.then(() => widget.begin());
}

const script = document.currentScript as HTMLScriptElement | null;
if (script?.dataset.heard) main(script.dataset.heard);
