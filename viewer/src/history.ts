// What clients asked and heard: a bar an operation, open to the right without an answer. Where a
// key's history has no order, a line goes through the longest part that has one.
import { Prefix } from "./columns";
import { Pen } from "./pen";
import { placesOf, placeText } from "./prefix";
import { FONT, GUTTER, Size } from "./scene";
import { Theme } from "./theme";
import { Op, Trace } from "./trace";
import { timeText } from "./words";

export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
  op: Op;
}

export interface HistoryInput {
  trace: Trace;
  selected: Op | undefined;
  prefix: Prefix | undefined;
  from: number; // true time
  to: number;
  theme: Theme;
  size: Size;
}

const BARS_MOST = 20000;

// For a read: the write that it returned, and those acknowledged after that and before the read
// began, which it should have seen instead. By value, so it says nothing where values repeat.
export function explainRead(trace: Trace, read: Op): { from: Op | undefined; missed: Op[] } {
  if (read.raw.f !== "read" || read.outcome !== "ok") return { from: undefined, missed: [] };
  const writes = [...trace.ops.values()].filter(
    (op) => op.raw.f !== "read" && op.raw.key === read.raw.key && op.outcome !== "fail",
  );
  const from = writes.find((op) => JSON.stringify(op.raw.value) === JSON.stringify(read.raw.value));
  const end = from ? (from.raw.completed_at ?? Infinity) : -1;
  const missed = writes.filter(
    (op) => op.outcome === "ok" && op.raw.invoked_at > end &&
      (op.raw.completed_at ?? Infinity) < read.raw.invoked_at,
  );
  return { from, missed };
}

class HistoryView {
  readonly bars: Bar[] = [];
  private clients: number[];
  private row: number;
  private told: { from: Op | undefined; missed: Op[] };

  constructor(private pen: Pen, private input: HistoryInput) {
    const { trace, selected, size } = input;
    this.clients = [...new Set([...trace.ops.values()].map((op) => op.lane))].sort((a, b) => a - b);
    this.row = Math.min(60, (size.height - 30) / Math.max(1, this.clients.length));
    this.told = selected ? explainRead(trace, selected) : { from: undefined, missed: [] };
  }

  draw(): void {
    const { pen, input } = this;
    pen.setLineDash([]);
    pen.globalAlpha = 1;
    pen.fillStyle = input.theme.back;
    pen.fillRect(0, 0, input.size.width, input.size.height);
    for (const op of input.trace.ops.values()) {
      if (this.bars.length >= BARS_MOST) break;
      this.bar(op);
    }
    pen.globalAlpha = 1;
    if (input.prefix) this.order(input.prefix);
    this.names();
    this.axis();
  }

  private x(at: number): number {
    const { from, to, size } = this.input;
    return GUTTER + ((at - from) / (to - from)) * (size.width - GUTTER - 8);
  }
  private top(lane: number): number {
    return 24 + (this.clients.indexOf(lane) + 0.2) * this.row;
  }

  private names(): void {
    const { pen, input } = this;
    pen.fillStyle = input.theme.back;
    pen.fillRect(0, 0, GUTTER - 2, input.size.height);
    pen.fillStyle = input.theme.text;
    pen.font = `bold 12${FONT}`;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    for (const lane of this.clients)
      pen.fillText(input.trace.laneName(lane), 8, this.top(lane) + 0.3 * this.row);
  }

  private bar(op: Op): void {
    const { pen, input, told } = this;
    const { theme, selected } = input;
    const open = op.outcome === "unknown";
    const left = Math.max(this.x(op.raw.invoked_at), GUTTER);
    const right = Math.min(this.x(op.raw.completed_at ?? Infinity), input.size.width + 4);
    if ((right < GUTTER && !open) || left > input.size.width) return;
    const width = Math.max(right < GUTTER ? 0 : 2, right - left);
    const bar = { x: left, y: this.top(op.lane), width, height: this.row * 0.6, op };
    this.bars.push(bar);
    const missed = told.missed.includes(op);
    pen.globalAlpha = selected && op !== selected && op !== told.from && !missed ? 0.45 : 1;
    pen.fillStyle = op.wrong ? theme.wrongFill : op.outcome === "ok" ? theme.opFill : theme.grid;
    pen.fillRect(bar.x, bar.y, bar.width, bar.height);
    pen.strokeStyle = op.wrong || missed ? theme.wrong : op === selected ? theme.focus : theme.client;
    pen.lineWidth = op === selected || op === told.from || missed || op.wrong ? 3 : 1;
    pen.setLineDash(open ? [5, 3] : op.outcome === "fail" ? [2, 2] : []);
    if (right >= GUTTER) pen.strokeRect(bar.x, bar.y, bar.width, bar.height);
    if (open) {
      // It may still happen at any time: a tail to the end, below what came later.
      pen.beginPath();
      pen.moveTo(Math.max(right, GUTTER), bar.y + bar.height + 4);
      pen.lineTo(input.size.width, bar.y + bar.height + 4);
      pen.stroke();
    }
    pen.setLineDash([]);
    const text = `${op.wrong ? "! " : ""}${op.text}`;
    pen.font = `11${FONT}`;
    if (pen.measureText(text).width >= bar.width - 4) return;
    pen.fillStyle = theme.text;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(text, bar.x + bar.width / 2, bar.y + bar.height / 2);
  }

  // From operation to operation, as they can have happened; it ends where nothing fits any more.
  private order(prefix: Prefix): void {
    const { pen, input } = this;
    const { trace, theme, selected, size } = input;
    const places = [...placesOf(trace, prefix).values()];
    const middle = (lane: number): number => this.top(lane) + 0.3 * this.row;
    pen.strokeStyle = theme.leader;
    pen.lineWidth = 1.5;
    pen.beginPath();
    places.forEach(({ at, op }, n) => {
      if (n === 0) pen.moveTo(this.x(at), middle(op.lane));
      else pen.lineTo(this.x(at), middle(op.lane));
    });
    pen.stroke();
    let last = -Infinity;
    pen.textBaseline = "middle";
    for (const { at, op, number } of places) {
      const x = this.x(at);
      if (x < GUTTER || x > size.width) continue;
      pen.fillStyle = theme.leader;
      pen.beginPath();
      pen.arc(x, middle(op.lane), op === selected ? 6 : 3.5, 0, 2 * Math.PI);
      pen.fill();
      if (x - last < 18 && op !== selected) continue;
      last = x;
      pen.font = `bold 10${FONT}`;
      pen.textAlign = "left";
      pen.fillText(String(number), x + 5, this.top(op.lane) - 6);
    }
    for (const id of [prefix.failing, ...prefix.waiting]) {
      const op = trace.ops.get(id);
      if (op) this.noPlace(op, id === prefix.failing, placeText(trace, prefix, op));
    }
  }

  private noPlace(op: Op, fails: boolean, text: string): void {
    const { pen, input } = this;
    const x = Math.max(GUTTER, this.x(op.raw.invoked_at)) + 8;
    const y = this.top(op.lane) + 0.3 * this.row;
    if (x > input.size.width) return;
    pen.strokeStyle = input.theme.wrong;
    pen.lineWidth = fails ? 3 : 1.5;
    pen.beginPath();
    pen.moveTo(x - 5, y - 5);
    pen.lineTo(x + 5, y + 5);
    pen.moveTo(x - 5, y + 5);
    pen.lineTo(x + 5, y - 5);
    pen.stroke();
    if (!fails) return;
    pen.font = `bold 11${FONT}`;
    pen.fillStyle = input.theme.wrong;
    pen.textBaseline = "middle";
    const isRight = x > input.size.width * 0.6;
    pen.textAlign = isRight ? "right" : "left";
    pen.fillText(`op ${op.id}: ${text}`, x, this.top(op.lane) - 7);
  }

  private axis(): void {
    const { pen, input } = this;
    pen.fillStyle = input.theme.muted;
    pen.font = `11${FONT}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (let i = 0; i <= 6; i++) {
      const at = input.from + ((input.to - input.from) * i) / 6;
      pen.fillText(timeText(at), Math.min(Math.max(this.x(at), GUTTER + 20), input.size.width - 40), 10);
    }
  }
}

export function drawHistory(pen: Pen, input: HistoryInput): Bar[] {
  const view = new HistoryView(pen, input);
  view.draw();
  return view.bars;
}
