// The events as a grid of rows, of which only those in sight exist. Keyboard and screen readers get
// everything here that the canvas shows.
import { Trace } from "./trace";
import { eventText, timeText } from "./words";

const ROW = 22;
const HEIGHT_MOST = 8_000_000; // browsers cut greater elements off

export class EventTable {
  private body: HTMLElement;
  private inner: HTMLElement;
  private events: ArrayLike<number> = [];
  private trace: Trace | undefined;
  private selected = -1;

  constructor(
    private root: HTMLElement,
    private choose: (event: number) => void,
  ) {
    this.body = root;
    this.inner = document.createElement("div");
    this.inner.className = "rows";
    this.body.append(this.inner);
    this.body.addEventListener("scroll", () => this.render());
    this.inner.addEventListener("click", (e) => {
      const row = (e.target as HTMLElement).closest<HTMLElement>("[data-event]");
      if (row) this.choose(Number(row.dataset["event"]));
    });
    new ResizeObserver(() => this.render()).observe(root);
  }

  show(trace: Trace, events: ArrayLike<number>): void {
    this.trace = trace;
    this.events = events;
    this.root.setAttribute("aria-rowcount", String(events.length));
    this.inner.style.height = `${Math.min(events.length * ROW, HEIGHT_MOST)}px`;
    this.render();
  }

  // Position of an event among the rows, or of the one before it.
  private rowOf(event: number): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.events[middle]! <= event) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  select(event: number): void {
    this.selected = event;
    const row = this.rowOf(event);
    const seen = Math.max(1, Math.floor(this.body.clientHeight / ROW));
    const first = this.firstRow();
    if (row < first || row >= first + seen - 1) this.scrollToRow(Math.max(0, row - seen / 2));
    this.render();
  }

  private get stretch(): number {
    const all = this.events.length * ROW;
    return all > HEIGHT_MOST ? all / HEIGHT_MOST : 1;
  }
  private firstRow(): number {
    return Math.floor((this.body.scrollTop * this.stretch) / ROW);
  }
  private scrollToRow(row: number): void {
    this.body.scrollTop = (row * ROW) / this.stretch;
  }

  private render(): void {
    const { trace } = this;
    if (!trace) return;
    const first = Math.max(0, Math.min(this.firstRow(), this.events.length - 1));
    const count = Math.ceil(this.body.clientHeight / ROW) + 1;
    const rows: HTMLElement[] = [];
    for (let r = first; r < Math.min(first + count, this.events.length); r++) {
      const i = this.events[r]!;
      const row = document.createElement("div");
      row.className = "row";
      row.setAttribute("role", "row");
      row.setAttribute("aria-rowindex", String(r + 1));
      row.setAttribute("aria-selected", String(i === this.selected));
      row.dataset["event"] = String(i);
      row.style.top = `${this.body.scrollTop + (r - first) * ROW}px`;
      const cells = [`#${i + 1}`, timeText(trace.c.at[i]!), trace.laneName(trace.c.lane[i]!), eventText(trace, i)];
      for (const text of cells) {
        const cell = document.createElement("span");
        cell.setAttribute("role", "gridcell");
        cell.textContent = text;
        row.append(cell);
      }
      rows.push(row);
    }
    this.inner.replaceChildren(...rows);
  }
}
