// The space-time diagram: lanes are rows, time runs to the right. Every class of thing has a dash,
// a weight or a glyph of its own beside its colour.
import { Pen } from "./pen";
import { countUpTo, Looking, placeOf, sliceList } from "./state";
import { Fault, K, Op, Trace } from "./trace";
import { AXIS_NAMES, axisText, messageText, timeText } from "./words";

export interface Theme {
  back: string; text: string; muted: string; grid: string; lane: string;
  client: string; replica: string; lost: string; wrong: string; wrongFill: string;
  opFill: string; leader: string; candidate: string; focus: string; down: string;
  only: string; sides: string[];
}

export interface Size {
  width: number;
  height: number;
}

export interface Drawn {
  x: number;
  y: number;
  event: number;
}

export const GUTTER = 108;
const TOP = 26;
const FONT = "px system-ui, sans-serif";
const ARROWS_MOST = 4000;
const LABELS_MOST = 60;

export interface Input {
  trace: Trace;
  looking: Looking;
  theme: Theme;
  size: Size;
  cone: Uint8Array | undefined; // how each event relates to the selected one
  matches: Uint8Array | undefined; // of the filter
}

export function lanesShown(trace: Trace, looking: Looking): number[] {
  const all = Array.from({ length: trace.lanes }, (_, i) => i);
  const ordered = [...all.filter((i) => trace.isClient(i)), ...all.filter((i) => !trace.isClient(i))];
  if (!looking.slice) return ordered;
  const lanes = trace.view.violations[looking.violation]?.lanes ?? [];
  return ordered.filter((i) => lanes.includes(i));
}

export class SpaceTime {
  readonly drawn: Drawn[] = [];
  readonly lanes: number[];
  private labels: { x: number; y: number; width: number }[] = [];
  private later: (() => void)[] = []; // labels of messages
  private rowOf = new Map<number, number>();
  private row: number;
  private place: (i: number) => number;
  summary = "";

  constructor(
    private pen: Pen,
    private input: Input,
  ) {
    this.lanes = lanesShown(input.trace, input.looking);
    this.lanes.forEach((lane, i) => this.rowOf.set(lane, i));
    this.row = Math.max(18, (input.size.height - TOP - 8) / Math.max(1, this.lanes.length));
    this.place = placeOf(input.trace, input.looking);
  }

  private x(value: number): number {
    const { looking, size } = this.input;
    const width = size.width - GUTTER - 8;
    return GUTTER + ((value - looking.from) / (looking.to - looking.from)) * width;
  }
  private y(lane: number): number {
    return TOP + ((this.rowOf.get(lane) ?? 0) + 0.5) * this.row;
  }
  private shows(lane: number): boolean {
    return this.rowOf.has(lane);
  }
  // A time's place on this axis: that of the first event after it.
  private xOfTime(at: number): number {
    const { trace, looking } = this.input;
    if (looking.axis === "true") return this.x(at);
    const i = countUpTo(trace.c.at, at - 1);
    if (looking.slice && looking.axis === "step")
      return this.x(countUpTo(sliceList(trace, looking), i - 1) - 0.5);
    return this.x(i < trace.n ? this.place(i) : looking.to);
  }

  draw(): void {
    const { pen, input } = this;
    pen.globalAlpha = 1;
    pen.setLineDash([]);
    pen.fillStyle = input.theme.back;
    pen.fillRect(0, 0, input.size.width, input.size.height);
    for (const fault of input.trace.faults) this.fault(fault);
    this.axis();
    this.lines();
    const events = this.visibleEvents();
    if (events) this.details(events);
    else this.density();
    this.cursor();
    this.names();
    this.summary = this.describe(events);
  }

  private visibleEvents(): number[] | undefined {
    const { trace, looking } = this.input;
    if (looking.slice) {
      const list = sliceList(trace, looking);
      return list.filter((i) => {
        const end = trace.fate[i]! >= 0 ? this.place(trace.fate[i]!) : this.place(i);
        return end >= looking.from && this.place(i) <= looking.to;
      });
    }
    const found = trace.visible(looking.axis, looking.from, looking.to, ARROWS_MOST);
    return found ? Array.from(found) : undefined;
  }

  private describe(events: number[] | undefined): string {
    const { trace, looking } = this.input;
    const what = events ? `${events.length} events` : "too many events to draw singly; counts per lane";
    return `Space-time diagram: ${this.lanes.length} lanes, ${what}, from ${axisText(looking.axis, looking.from)} to ${axisText(looking.axis, looking.to)} of ${AXIS_NAMES[looking.axis]}. Selected: event ${looking.event + 1} of ${trace.n}.`;
  }

  private fault(fault: Fault): void {
    const { pen, input } = this;
    const left = Math.max(GUTTER, this.xOfTime(fault.begin));
    const right = Math.min(input.size.width, this.xOfTime(fault.end));
    if (right <= GUTTER || left >= input.size.width || right < left) return;
    const tint = (lane: number, side: number): void => {
      if (!this.shows(lane)) return;
      pen.globalAlpha = 0.35;
      pen.fillStyle = input.theme.sides[side % input.theme.sides.length]!;
      pen.fillRect(left, this.y(lane) - this.row * 0.46, Math.max(1, right - left), this.row * 0.92);
      pen.globalAlpha = 1;
      if (right - left < 16) return;
      pen.fillStyle = input.theme.muted;
      pen.font = `bold 10${FONT}`;
      pen.textAlign = "left";
      pen.fillText(String.fromCharCode(65 + side), left + 3, this.y(lane) - this.row * 0.46 + 11);
    };
    fault.sides.forEach((lanes, side) => lanes.forEach((lane) => tint(lane, side)));
    if (fault.sides.length === 0) fault.lanes.forEach((lane) => this.hatch(lane, left, right));
    pen.strokeStyle = input.theme.only;
    pen.lineWidth = 1;
    pen.setLineDash([6, 3]);
    for (const at of [left, right]) {
      if (at <= GUTTER || at >= input.size.width) continue;
      pen.beginPath();
      pen.moveTo(at, TOP);
      pen.lineTo(at, input.size.height - 8);
      pen.stroke();
    }
    pen.setLineDash([]);
  }

  private hatch(lane: number, left: number, right: number): void {
    if (!this.shows(lane)) return;
    const { pen } = this;
    const [top, bottom] = [this.y(lane) - this.row * 0.42, this.y(lane) + this.row * 0.42];
    pen.strokeStyle = this.input.theme.down;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let x = left; x < right; x += 7) {
      pen.moveTo(x, bottom);
      pen.lineTo(Math.min(x + 7, right), top);
    }
    pen.stroke();
  }

  private axis(): void {
    const { pen, input } = this;
    const { looking, trace } = input;
    const span = looking.to - looking.from;
    const bySlice = looking.slice && looking.axis === "step";
    const wanted = Math.max(2, Math.floor((input.size.width - GUTTER) / 110));
    let step = 10 ** Math.floor(Math.log10(span / wanted));
    for (const factor of [2, 5, 10]) if (span / step > wanted) step *= factor / (factor === 5 ? 2 : factor === 10 ? 5 : 1);
    if (looking.axis === "step" || looking.axis === "logical") step = Math.max(1, Math.round(step));
    pen.font = `11${FONT}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const list = bySlice ? sliceList(trace, looking) : [];
    for (let v = Math.ceil(looking.from / step) * step; v <= looking.to; v += step) {
      const x = this.x(v);
      if (x < GUTTER) continue;
      pen.strokeStyle = input.theme.grid;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(x, TOP - 6);
      pen.lineTo(x, input.size.height - 8);
      pen.stroke();
      pen.fillStyle = input.theme.muted;
      if (!bySlice) pen.fillText(axisText(looking.axis, v), x, 11);
      else if (list[v] !== undefined) pen.fillText(timeText(trace.c.at[list[v]!]!), x, 11);
    }
  }

  private lines(): void {
    const { pen, input } = this;
    for (const lane of this.lanes) {
      pen.strokeStyle = input.theme.lane;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(GUTTER, this.y(lane));
      pen.lineTo(input.size.width, this.y(lane));
      pen.stroke();
      this.strip(lane);
    }
  }

  // What a lane was over time: leader solid, candidate dotted, down hatched, paused cross-hatched.
  private strip(lane: number): void {
    const { trace, looking } = this.input;
    const events = trace.byLane[lane]!;
    let since = -Infinity;
    let role = "";
    let status = "up";
    const flush = (until: number): void => {
      const left = Math.max(GUTTER, this.x(since));
      const right = Math.min(this.input.size.width, this.x(until));
      if (right > left) this.stripPart(lane, left, right, role, status);
    };
    const relevant = stripEvents(trace, lane, events);
    for (const i of relevant) {
      const at = this.place(i);
      flush(at);
      since = at;
      const kind = trace.c.kind[i]!;
      if (kind === K.state) role = trace.stateText("role", trace.c.value[i]!);
      else status = kind === K.crash ? "down" : kind === K.pause ? "paused" : "up";
      if (kind === K.crash) role = "";
    }
    flush(looking.to + 1);
  }
  private stripPart(lane: number, left: number, right: number, role: string, status: string): void {
    const { pen, input } = this;
    const y = this.y(lane);
    if (role === "leader") {
      pen.fillStyle = input.theme.leader;
      pen.fillRect(left, y - 3.5, right - left, 7);
    } else if (role === "candidate") {
      pen.strokeStyle = input.theme.candidate;
      pen.lineWidth = 4;
      pen.setLineDash([3, 3]);
      pen.beginPath();
      pen.moveTo(left, y);
      pen.lineTo(right, y);
      pen.stroke();
      pen.setLineDash([]);
    }
    if (status === "up") return;
    pen.globalAlpha = 0.5;
    pen.fillStyle = input.theme.down;
    pen.fillRect(left, y - this.row * 0.3, right - left, this.row * 0.6);
    pen.globalAlpha = 1;
    this.hatch(lane, left, right);
    if (right - left > 40) this.label(status, [[(left + right) / 2, y]], input.theme.text, "bold 11");
  }

  // At the first of the places where it covers no other label, else nowhere; `must`: at the first.
  private label(
    text: string, places: [number, number][], colour: string, size = "11", must = false,
  ): void {
    const { pen, input } = this;
    pen.font = `${size}${FONT}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const width = pen.measureText(text).width + 4;
    const free = places.find(([x, y]) => this.labels.every(
      (l) => Math.abs(l.x - x) * 2 >= l.width + width || Math.abs(l.y - y) >= 14,
    ));
    const place = free ?? (must ? places[0] : undefined);
    if (!place) return;
    const [x, y] = place;
    this.labels.push({ x, y, width });
    const alpha = pen.globalAlpha;
    pen.globalAlpha = 0.85 * alpha;
    pen.fillStyle = input.theme.back;
    pen.fillRect(x - width / 2, y - 7, width, 14);
    pen.globalAlpha = alpha;
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
  }

  private details(events: number[]): void {
    const { trace, looking } = this.input;
    for (const op of this.operations(events)) this.operation(op);
    const messages = events.filter(
      (i) => trace.c.kind[i] === K.send || trace.c.kind[i] === K.duplicate,
    );
    for (const i of messages) this.message(i);
    for (const i of events) this.mark(i, events.length <= 400);
    if (looking.slice) this.evidence();
    if (messages.length <= LABELS_MOST) for (const say of this.later) say();
  }

  // Operations with an end among the events, or those that span the window.
  private operations(events: number[]): Op[] {
    const { trace, looking } = this.input;
    if (looking.slice) {
      const v = trace.view.violations[looking.violation]!;
      return v.operations.flatMap(({ op }) => trace.ops.get(op) ?? []);
    }
    const ids = new Set<number>();
    for (const i of events) if (trace.c.op[i]! > 0) ids.add(trace.c.op[i]!);
    return [...ids].flatMap((id) => trace.ops.get(id) ?? []);
  }

  private operation(op: Op): void {
    const { pen, input } = this;
    if (op.invoke < 0 || !this.shows(op.lane)) return;
    const open = op.complete < 0 || op.outcome === "unknown";
    const left = Math.max(GUTTER - 4, this.x(this.place(op.invoke)));
    const end = op.complete < 0 ? input.size.width : this.x(this.place(op.complete));
    const right = Math.min(input.size.width + 4, end);
    if (right < GUTTER || left > input.size.width) return;
    const height = Math.min(this.row * 0.6, 30);
    const top = this.y(op.lane) - height / 2;
    pen.globalAlpha = this.faded(op.invoke) ? 0.35 : 1;
    pen.fillStyle = op.wrong ? input.theme.wrongFill : input.theme.opFill;
    pen.fillRect(left, top, Math.max(2, right - left), height);
    pen.strokeStyle = op.wrong ? input.theme.wrong : input.theme.client;
    pen.lineWidth = op.wrong ? 3 : op.witness ? 2 : 1;
    if (open) pen.setLineDash([5, 3]);
    pen.strokeRect(left, top, Math.max(2, right - left), height);
    pen.setLineDash([]);
    const text = `${op.wrong ? "! " : ""}${op.text}${op.outcome === "ok" ? "" : ` (${op.outcome})`}`;
    pen.font = `${op.wrong ? "bold " : ""}11${FONT}`;
    pen.textBaseline = "middle";
    const [from, to] = [Math.max(left, GUTTER), Math.min(right, input.size.width)];
    const fits = pen.measureText(text).width < to - from - 6;
    if (fits || (input.looking.slice && (op.wrong || op.witness))) {
      pen.fillStyle = op.wrong ? input.theme.wrong : input.theme.text;
      pen.textAlign = "center";
      if (fits) pen.fillText(text, (from + to) / 2, this.y(op.lane));
      else this.label(text, [[(from + to) / 2, top - 8]], op.wrong ? input.theme.wrong : input.theme.text, "11", true);
    }
    pen.globalAlpha = 1;
  }

  private faded(i: number): boolean {
    const { cone, matches, trace, looking } = this.input;
    if (matches && !matches[i]) return true;
    if (trace.view.diff && !trace.only.has(i)) return true;
    return looking.cone === "full" && cone !== undefined && cone[i] === 0;
  }

  private message(i: number): void {
    const { pen, input } = this;
    const { trace, theme } = input;
    const { c } = trace;
    const end = trace.fate[i]!;
    if (!this.shows(c.lane[i]!) || !this.shows(c.peer[i]!)) return;
    const lost = end >= 0 && c.kind[end] === K.drop;
    const ax = this.x(this.place(i));
    const ay = this.y(c.lane[i]!);
    let bx = end < 0 ? ax + 40 : this.x(this.place(end));
    let by = this.y(c.peer[i]!);
    if (lost || end < 0) {
      // Broken off half-way; at the receiver if it was down.
      const part = lost && c.reason[end] === 3 ? 0.92 : 0.55;
      bx = ax + (bx === ax ? 14 : bx - ax) * part;
      by = ay + (by - ay) * part;
    }
    const toClient = trace.isClient(c.lane[i]!) || trace.isClient(c.peer[i]!);
    const late = input.looking.axis === "local" && end >= 0 && !lost && trace.local[end]! < trace.local[i]!;
    pen.globalAlpha = this.faded(i) ? 0.22 : 1;
    pen.strokeStyle = lost ? theme.lost : toClient ? theme.client : theme.replica;
    if (trace.only.has(i)) pen.strokeStyle = theme.only;
    pen.lineWidth = c.kind[i] === K.duplicate ? 0.8 : c.reply[i] ? 1 : 1.6;
    if (i === input.looking.event || end === input.looking.event) pen.lineWidth += 1.5;
    pen.setLineDash(lost ? [6, 4] : end < 0 ? [2, 3] : c.kind[i] === K.duplicate ? [8, 2] : []);
    pen.beginPath();
    pen.moveTo(ax, ay);
    pen.lineTo(bx, by);
    pen.stroke();
    pen.setLineDash([]);
    this.tip(ax, ay, bx, by, lost, end < 0, c.reply[i] === 1);
    if (late) {
      pen.strokeStyle = theme.wrong;
      pen.strokeRect((ax + bx) / 2 - 3, (ay + by) / 2 - 3, 6, 6);
    }
    if (Math.hypot(bx - ax, by - ay) > 40) {
      const text = messageText(trace, i).slice(0, 34);
      const colour = lost ? theme.lost : theme.muted;
      const along = (part: number): [number, number] => [ax + (bx - ax) * part, ay + (by - ay) * part];
      // After all marks: their words matter more and have fewer places.
      const alpha = pen.globalAlpha;
      this.later.push(() => {
        pen.globalAlpha = alpha;
        this.label(text, [0.45, 0.6, 0.3, 0.75].map(along), colour, "10");
      });
    }
    pen.globalAlpha = 1;
  }

  // A full head for requests, an open one for answers, a cross for lost ones.
  private tip(ax: number, ay: number, bx: number, by: number, lost: boolean, open: boolean, reply: boolean): void {
    const { pen } = this;
    if (open) return;
    const length = Math.hypot(bx - ax, by - ay) || 1;
    const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
    pen.beginPath();
    if (lost) {
      pen.lineWidth = 2;
      pen.moveTo(bx - 4, by - 4);
      pen.lineTo(bx + 4, by + 4);
      pen.moveTo(bx - 4, by + 4);
      pen.lineTo(bx + 4, by - 4);
      pen.stroke();
      return;
    }
    pen.moveTo(bx - 8 * ux - 3.5 * uy, by - 8 * uy + 3.5 * ux);
    pen.lineTo(bx, by);
    pen.lineTo(bx - 8 * ux + 3.5 * uy, by - 8 * uy - 3.5 * ux);
    if (reply) {
      pen.stroke();
    } else {
      pen.closePath();
      pen.fillStyle = pen.strokeStyle;
      pen.fill();
    }
  }

  private mark(i: number, detailed: boolean): void {
    const { pen, input } = this;
    const { trace, theme } = input;
    const { c } = trace;
    const lane = c.lane[i]!;
    if (lane < 0 || !this.shows(lane)) return;
    const [x, y] = [this.x(this.place(i)), this.y(lane)];
    if (x < GUTTER - 4 || x > input.size.width + 4) return;
    this.drawn.push({ x, y, event: i });
    pen.globalAlpha = this.faded(i) ? 0.3 : 1;
    pen.fillStyle = trace.only.has(i) ? theme.only : theme.text;
    const kind = c.kind[i]!;
    if (kind === K.state || (kind === K.note && detailed)) {
      pen.beginPath();
      pen.moveTo(x, y - 5);
      pen.lineTo(x + 4, y);
      pen.lineTo(x, y + 5);
      pen.lineTo(x - 4, y);
      pen.closePath();
      pen.fill();
    } else if (kind === K.crash || kind === K.restart || kind === K.clock_step) {
      pen.fillRect(x - 2, y - this.row * 0.4, 4, this.row * 0.8);
    } else if (kind === K.timer || kind === K.sync) {
      pen.strokeStyle = theme.muted;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.arc(x, y, 3, 0, 2 * Math.PI);
      pen.stroke();
    } else if (kind !== K.drop) {
      pen.beginPath();
      pen.arc(x, y, 2.4, 0, 2 * Math.PI);
      pen.fill();
    }
    if (detailed) this.say(i, x, y);
    pen.globalAlpha = 1;
  }

  // Changes that carry the story get words: roles, values, clock steps.
  private say(i: number, x: number, y: number): void {
    const { trace, theme, looking } = this.input;
    const kind = trace.c.kind[i]!;
    const drop = Math.min(this.row * 0.32, 20);
    const near: [number, number][] = [[x, y + drop], [x, y - drop], [x + 24, y + drop], [x - 24, y + drop]];
    if (kind === K.state && trace.name(i) === "role")
      this.label(trace.stateText("role", trace.c.value[i]!), near, theme.leader, "bold 10");
    if (kind === K.clock_step) this.label(timeText(trace.c.value[i]!), near, theme.text, "10");
    if (!looking.slice || kind !== K.note) return;
    if (trace.name(i) === "discard") this.label("✕ discards", near, theme.lost, "bold 10");
    if (trace.c.key[i]! < 0) return;
    const text = `${trace.keyName(trace.c.key[i]!)}=${trace.c.value[i]}`;
    if (trace.name(i) === "append") this.label(text, near, theme.replica, "bold 10");
    if (trace.name(i) === "discard_entry") this.label(`✕ ${text}`, near, theme.lost, "bold 10");
  }

  // From the end of what should have been seen to the beginning of what did not see it.
  private evidence(): void {
    const { trace, looking, theme } = this.input;
    const v = trace.view.violations[looking.violation]!;
    const ops = v.operations.flatMap(({ op, witness }) => (witness ? (trace.ops.get(op) ?? []) : []));
    const wrong = ops.find((op) => op.wrong);
    if (!wrong) return;
    const before = ops.filter((op) => op !== wrong && op.complete >= 0 && op.complete < wrong.invoke);
    const last = before.sort((a, b) => b.complete - a.complete)[0];
    if (!last || !this.shows(last.lane) || !this.shows(wrong.lane)) return;
    const { pen } = this;
    pen.strokeStyle = theme.wrong;
    pen.lineWidth = 2;
    pen.setLineDash([2, 4]);
    pen.beginPath();
    pen.moveTo(this.x(this.place(last.complete)), this.y(last.lane));
    pen.lineTo(this.x(this.place(wrong.invoke)), this.y(wrong.lane));
    pen.stroke();
    pen.setLineDash([]);
  }

  // Too much for arrows: per lane and pixel how much happened (up) and was lost (down).
  private density(): void {
    const { pen, input } = this;
    const { trace, looking, theme } = input;
    const columns = Math.max(1, Math.floor((input.size.width - GUTTER) / 2));
    const counts = densityOf(trace, looking, columns);
    const half = this.row * 0.44;
    for (const lane of this.lanes) {
      const { events, lost } = counts[lane]!;
      const y = this.y(lane);
      for (let b = 0; b < columns; b++) {
        const x = GUTTER + b * 2;
        if (events[b]! > 0) {
          const height = (half * Math.log1p(events[b]!)) / counts[lane]!.top;
          pen.fillStyle = trace.isClient(lane) ? theme.client : theme.replica;
          pen.fillRect(x, y - height, 2, height);
        }
        if (lost[b]! > 0) {
          const height = (half * Math.log1p(lost[b]!)) / counts[lane]!.top;
          pen.fillStyle = theme.lost;
          pen.fillRect(x, y, 2, Math.max(2, height));
        }
      }
    }
    for (const id of trace.violationOps) {
      const op = trace.ops.get(id);
      if (op?.wrong && op.invoke >= 0 && this.shows(op.lane))
        this.label("!", [[this.x(this.place(op.invoke)), this.y(op.lane)]], theme.wrong, "bold 14", true);
    }
  }

  private cursor(): void {
    const { pen, input } = this;
    const { looking, trace, theme } = input;
    if (trace.n === 0) return;
    const x = this.x(this.place(looking.event));
    if (x < GUTTER || x > input.size.width) return;
    pen.strokeStyle = theme.focus;
    pen.lineWidth = 1;
    pen.setLineDash([1, 2]);
    pen.beginPath();
    pen.moveTo(x, TOP - 4);
    pen.lineTo(x, input.size.height - 8);
    pen.stroke();
    pen.setLineDash([]);
    const lane = trace.c.lane[looking.event]!;
    if (!this.shows(lane)) return;
    pen.lineWidth = 3;
    pen.beginPath();
    pen.arc(x, this.y(lane), 9, 0, 2 * Math.PI);
    pen.stroke();
  }

  private names(): void {
    const { pen, input } = this;
    const { trace, theme, looking } = input;
    pen.fillStyle = theme.back;
    pen.globalAlpha = 0.92;
    pen.fillRect(0, 0, GUTTER - 2, input.size.height);
    pen.globalAlpha = 1;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    for (const lane of this.lanes) {
      const y = this.y(lane);
      pen.fillStyle = theme.text;
      pen.font = `bold 12${FONT}`;
      pen.fillText(trace.laneName(lane).slice(0, 13), 8, this.row > 30 ? y - 7 : y);
      if (this.row <= 30) continue;
      pen.fillStyle = theme.muted;
      pen.font = `10${FONT}`;
      const skew = skewAt(trace, lane, looking.event);
      const skewed = Math.abs(skew) >= 1000 ? ` ${skew > 0 ? "+" : ""}${timeText(skew)}` : "";
      pen.fillText(`${trace.isClient(lane) ? "client" : "replica"}${skewed}`, 8, y + 8);
      if (skewed) this.ribbon(skew, y + 16);
    }
    pen.fillStyle = theme.muted;
    pen.font = `10${FONT}`;
    const slice = looking.slice && looking.axis === "step" ? "slice: not to scale" : looking.axis;
    pen.fillText(looking.axis === "true" ? "true time" : slice, 8, 11);
  }

  // How far the lane's clock is off, against the worst of all lanes.
  private ribbon(skew: number, y: number): void {
    const { pen, input } = this;
    let worst = 1;
    for (let l = 0; l < input.trace.lanes; l++)
      worst = Math.max(worst, Math.abs(skewAt(input.trace, l, input.looking.event)));
    pen.strokeStyle = input.theme.muted;
    pen.lineWidth = 1;
    pen.strokeRect(8, y, 80, 5);
    pen.fillStyle = input.theme.only;
    pen.fillRect(48, y, (skew / worst) * 40, 5);
  }
}

// What a lane's clock shows less what it is, at the lane's last event up to `cursor`.
export function skewAt(trace: Trace, lane: number, cursor: number): number {
  const i = trace.lastOn(lane, cursor);
  return i < 0 ? (trace.header.lanes[lane]?.clock_offset ?? 0) : trace.local[i]! - trace.c.at[i]!;
}

const stripCache = new WeakMap<Trace, Int32Array[]>();
function stripEvents(trace: Trace, lane: number, events: Int32Array): Int32Array {
  let cache = stripCache.get(trace);
  if (!cache) stripCache.set(trace, (cache = []));
  const role = trace.header.names.indexOf("role");
  return (cache[lane] ??= events.filter((i) => {
    const kind = trace.c.kind[i]!;
    return kind === K.state ? trace.c.name[i] === role : kind >= K.crash && kind <= K.resume;
  }));
}

export interface Density {
  events: Float64Array;
  lost: Float64Array;
  top: number; // log1p of the greatest
}

const BINS = 8192;
const binCache = new WeakMap<Trace, Map<string, { events: Float64Array; lost: Float64Array }[]>>();

// Running sums over 8,192 bins along an axis, so that any window costs as much as it has pixels.
function sumsOf(trace: Trace, axis: Looking["axis"]): { events: Float64Array; lost: Float64Array }[] {
  let cache = binCache.get(trace);
  if (!cache) binCache.set(trace, (cache = new Map()));
  let sums = cache.get(axis);
  if (sums) return sums;
  const { x, min, max } = trace.places(axis);
  const scale = (BINS - 1) / Math.max(max - min, 1e-9);
  sums = Array.from({ length: trace.lanes }, () => ({
    events: new Float64Array(BINS + 1),
    lost: new Float64Array(BINS + 1),
  }));
  for (let i = 0; i < trace.n; i++) {
    const lane = sums[trace.c.lane[i]!];
    if (!lane) continue;
    const bin = ((x[i]! - min) * scale) | 0;
    (trace.c.kind[i] === K.drop ? lane.lost : lane.events)[bin + 1]!++;
  }
  for (const lane of sums)
    for (const list of [lane.events, lane.lost])
      for (let b = 1; b <= BINS; b++) list[b]! += list[b - 1]!;
  cache.set(axis, sums);
  return sums;
}

export function densityOf(trace: Trace, looking: Looking, columns: number): Density[] {
  const { min, max } = trace.places(looking.axis);
  const scale = BINS / Math.max(max - min, 1e-9);
  const width = (looking.to - looking.from) / columns;
  return sumsOf(trace, looking.axis).map((sums) => {
    const events = new Float64Array(columns);
    const lost = new Float64Array(columns);
    let top = 1;
    const upTo = (list: Float64Array, value: number): number => {
      const at = Math.min(Math.max((value - min) * scale, 0), BINS);
      const low = Math.floor(at);
      const rest = low < BINS ? (list[low + 1]! - list[low]!) * (at - low) : 0;
      return list[low]! + rest;
    };
    for (let b = 0; b < columns; b++) {
      const [from, to] = [looking.from + b * width, looking.from + (b + 1) * width];
      events[b] = upTo(sums.events, to) - upTo(sums.events, from);
      lost[b] = upTo(sums.lost, to) - upTo(sums.lost, from);
      top = Math.max(top, Math.log1p(events[b]!), Math.log1p(lost[b]!));
    }
    return { events, lost, top };
  });
}
