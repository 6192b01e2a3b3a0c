// The line to Heard: what the page asks and brings, and the stream that comes back.
export interface File_ {
  id: number;
  name: string;
}

export interface Message {
  id: string;
  ours: boolean;
  name: string;
  text: string;
  at: string;
  files: File_[];
}

export interface Settings {
  open: boolean;
  by_mail: boolean;
  colour: string;
  ink: string;
  title: string;
  language: string;
  texts: Record<string, string>;
  files: string[];
  most_bytes: number;
  most_letters: number;
  known: boolean;
}

/** Heard answered with something else than yes. `status` 0: nobody answered. */
export class No extends Error {
  constructor(
    readonly status: number,
    why: string,
    readonly afterSeconds = 0,
  ) {
    super(why);
  }
}

export class Line {
  #stop: AbortController | null = null;
  #last = "";

  constructor(
    private readonly chat: string,
    private readonly token: () => string,
  ) {}

  async ask<T>(path: string, body?: unknown): Promise<T> {
    const isFile = body instanceof Blob;
    const headers: Record<string, string> = this.#headers();
    if (body !== undefined) headers["Content-Type"] = isFile ? "application/octet-stream" : "application/json";
    const method = body === undefined ? "GET" : "POST";
    const answer = await this.#fetch(path, { method, headers, body: isFile ? body : JSON.stringify(body) });
    return (await answer.json()) as T;
  }

  async file(id: number): Promise<Blob> {
    return (await this.#fetch(`file/${id}`, { headers: this.#headers() })).blob();
  }

  /** Whatever is said, from where the page stopped, until `end`. Comes back by itself; says so by `state`. */
  async listen(heard: (message: Message) => void, state: (isUp: boolean) => void, over: () => void): Promise<void> {
    this.end();
    const stop = (this.#stop = new AbortController());
    this.#last = "";
    for (let failures = 0; !stop.signal.aborted; ) {
      const cut = new AbortController();
      const { signal } = cut;
      const hangUp = () => cut.abort();
      stop.signal.addEventListener("abort", hangUp, { signal });
      addEventListener("offline", hangUp, { signal });
      let timer = 0;
      // It says something every 15 seconds; one that is silent for 45 is dead, though nobody told the browser.
      const alive = () => {
        clearTimeout(timer);
        timer = window.setTimeout(hangUp, 45_000);
      };
      try {
        alive();
        const headers = this.#headers();
        if (this.#last) headers["Last-Event-ID"] = this.#last;
        const answer = await this.#fetch("stream", { headers, signal });
        failures = 0;
        state(true);
        if (await this.#read(answer, heard, alive)) return over();
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error instanceof No && error.status === 401) return over();
      } finally {
        clearTimeout(timer);
        hangUp();
      }
      if (stop.signal.aborted) return;
      state(false);
      failures += 1;
      await wait(Math.min(30, 2 ** (failures - 2)) * (0.75 + Math.random() / 2), stop.signal);
    }
  }

  end(): void {
    this.#stop?.abort();
    this.#stop = null;
  }

  async #read(answer: Response, heard: (message: Message) => void, alive: () => void): Promise<boolean> {
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { done, value } = await reader.read();
      alive();
      if (done) return false;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop()!;
      for (const block of blocks) {
        const field = (name: string) => block.match(new RegExp(`^${name}: (.*)$`, "m"))?.[1];
        if (field("event") === "over") return true;
        if (field("event") !== "line") continue;
        heard(JSON.parse(field("data")!) as Message);
        this.#last = field("id")!;
      }
    }
  }

  #headers(): Record<string, string> {
    const token = this.token();
    return token ? { Authorization: `Bearer ${token}` } : {};
  }

  async #fetch(path: string, options: RequestInit): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(this.chat + path, { ...options, credentials: "omit", cache: "no-store" });
    } catch (error) {
      throw new No(0, String(error));
    }
    if (answer.ok) return answer;
    const told = (await answer.json().catch(() => ({}))) as { error?: string };
    throw new No(answer.status, told.error ?? answer.statusText, Number(answer.headers.get("Retry-After")));
  }
}

export const wait = (seconds: number, until?: AbortSignal): Promise<void> =>
  new Promise((done) => {
    const timer = setTimeout(done, seconds * 1000);
    const now = () => (clearTimeout(timer), done());
    until?.addEventListener("abort", now);
    addEventListener("online", now, { once: true });
  });
