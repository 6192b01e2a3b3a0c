// What the page keeps between two visits: who the visitor is, what is not sent yet, how far they have read.
export interface Waiting {
  id: string;
  text: string;
  page: string;
}

interface Kept {
  token: string;
  who: string; // the id that the site vouched for; empty for a stranger
  seen: number;
  waiting: Waiting[];
}

const NOTHING: Kept = { token: "", who: "", seen: 0, waiting: [] };

export class Store {
  private kept: Kept;

  constructor(private readonly name: string) {
    this.kept = { ...NOTHING };
    try {
      Object.assign(this.kept, JSON.parse(localStorage.getItem(name) ?? "{}"));
    } catch {
      // a browser that keeps nothing: the conversation lasts as long as the page
    }
  }

  get<K extends keyof Kept>(name: K): Kept[K] {
    return this.kept[name];
  }

  set(changed: Partial<Kept>): void {
    Object.assign(this.kept, changed);
    try {
      localStorage.setItem(this.name, JSON.stringify(this.kept));
    } catch {
      // as above
    }
  }

  forget(): void {
    this.kept = { ...NOTHING };
    try {
      localStorage.removeItem(this.name);
    } catch {
      // as above
    }
  }
}
