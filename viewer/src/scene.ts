// What the layers of the space-time diagram share: where lanes and events lie, how an event looks
// beside the selected one, and room for labels. Lanes are rows, time runs to the right.
import { Pen } from "./pen";
import { countUpTo, lanesShown, Looking, placeOf, sliceList } from "./state";
import { Theme } from "./theme";
import { Trace } from "./trace";

export interface Size {
  width: number;
  height: number;
}

// Where an event was drawn, for the pointer.
export interface Drawn {
  x: number;
  y: number;
  event: number;
}

export interface Input {
  trace: Trace;
  looking: Looking;
  theme: Theme;
  size: Size;
  cone: Uint8Array | undefined; // how each event relates to the selected one
  matches: Uint8Array | undefined; // of the filter
  watched: number; // the key whose values are shown, -1: none
}

export const GUTTER = 108;
export const TOP = 26;
export const FONT = "px system-ui, sans-serif";

// The three looks of influence; without a full cone every event is "plain".
export type Look = "plain" | "future" | "faded";

export class Scene {
  readonly drawn: Drawn[] = [];
  readonly lanes: number[];
  readonly row: number;
  readonly place: (i: number) => number;
  private labels: { x: number; y: number; width: number }[] = [];
  private rowOf = new Map<number, number>();
  private near = new Set<number>(); // the selected event's cause and effects

  constructor(
    readonly pen: Pen,
    readonly input: Input,
  ) {
    const { trace, looking, size } = input;
    this.lanes = lanesShown(trace, looking);
    this.lanes.forEach((lane, i) => this.rowOf.set(lane, i));
    this.row = Math.max(18, (size.height - TOP - 8) / Math.max(1, this.lanes.length));
    this.place = placeOf(trace, looking);
    if (looking.cone !== "direct" || trace.n === 0) return;
    const cause = trace.c.cause[looking.event]!;
    if (cause >= 0) this.near.add(cause);
    for (const effect of trace.effects(looking.event)) this.near.add(effect);
  }

  x(value: number): number {
    const { looking, size } = this.input;
    const width = size.width - GUTTER - 8;
    return GUTTER + ((value - looking.from) / (looking.to - looking.from)) * width;
  }
  y(lane: number): number {
    return TOP + ((this.rowOf.get(lane) ?? 0) + 0.5) * this.row;
  }
  shows(lane: number): boolean {
    return this.rowOf.has(lane);
  }
  // A time's place on this axis: that of the first event after it.
  xOfTime(at: number): number {
    const { trace, looking } = this.input;
    if (looking.axis === "true") return this.x(at);
    const i = countUpTo(trace.c.at, at - 1);
    if (looking.slice && looking.axis === "step")
      return this.x(countUpTo(sliceList(trace, looking), i - 1) - 0.5);
    return this.x(i < trace.n ? this.place(i) : looking.to);
  }

  look(i: number): Look {
    const { cone, matches, trace, looking } = this.input;
    if (matches && !matches[i]) return "faded";
    if (trace.view.diff && !trace.only.has(i)) return "faded";
    if (looking.cone !== "full" || cone === undefined) return "plain";
    return cone[i] === 0 ? "faded" : cone[i] === 2 ? "future" : "plain";
  }
  isNear(i: number): boolean {
    return this.near.has(i);
  }

  // At the first of the places where it covers no other label, else nowhere; `must`: at the first.
  label(
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

  line(ax: number, ay: number, bx: number, by: number): void {
    this.pen.beginPath();
    this.pen.moveTo(ax, ay);
    this.pen.lineTo(bx, by);
    this.pen.stroke();
  }
}
