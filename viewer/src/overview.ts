// The strip below the diagram: the whole run at a glance, and the slider of the window.
import { densityOf } from "./layer_density";
import { GUTTER, Size } from "./scene";
import { Theme } from "./theme";
import { Pen } from "./pen";
import { Looking } from "./state";
import { K } from "./kinds";
import { Trace } from "./trace";

export function wholeRun(trace: Trace, looking: Looking): Looking {
  const axis = looking.axis === "step" && looking.slice ? "true" : looking.axis;
  const { min, max } = trace.places(axis);
  const room = Math.max((max - min) * 0.01, 1);
  return { ...looking, axis, slice: false, from: min - room, to: max + room };
}

export function drawOverview(pen: Pen, trace: Trace, looking: Looking, theme: Theme, size: Size): void {
  const whole = wholeRun(trace, looking);
  const width = size.width - GUTTER - 8;
  const { x: places } = trace.places(whole.axis);
  const x = (value: number): number =>
    GUTTER + ((value - whole.from) / (whole.to - whole.from)) * width;
  const ofEvent = (i: number): number => x(places[i] ?? whole.from);
  pen.setLineDash([]);
  pen.globalAlpha = 1;
  pen.fillStyle = theme.back;
  pen.fillRect(0, 0, size.width, size.height);
  pen.fillStyle = theme.muted;
  pen.font = "10px system-ui, sans-serif";
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillText("whole run", 8, size.height / 2 - 7);
  pen.fillText("up: events", 8, size.height / 2 + 6);
  for (const fault of trace.faults) {
    const from = whole.axis === "true" ? x(fault.begin) : ofEvent(trace.eventAt(fault.begin));
    const to = whole.axis === "true" ? x(fault.end) : ofEvent(trace.eventAt(fault.end));
    pen.globalAlpha = 0.4;
    pen.fillStyle = theme.sides[0]!;
    pen.fillRect(from, 0, Math.max(2, to - from), size.height);
    pen.globalAlpha = 1;
  }
  const columns = Math.max(1, Math.floor(width / 2));
  const density = densityOf(trace, whole, columns);
  const middle = size.height * 0.7;
  for (let b = 0; b < columns; b++) {
    let events = 0;
    let lost = 0;
    for (const lane of density) {
      events += lane.events[b]!;
      lost += lane.lost[b]!;
    }
    const scale = Math.log1p(trace.n / columns) * 1.6 + 1;
    pen.fillStyle = theme.replica;
    const up = Math.min(1, Math.log1p(events) / scale) * middle * 0.9;
    pen.fillRect(GUTTER + b * 2, middle - up, 2, up);
    if (lost === 0) continue;
    pen.fillStyle = theme.lost;
    const down = Math.max(2, Math.min(1, Math.log1p(lost) / scale) * (size.height - middle));
    pen.fillRect(GUTTER + b * 2, middle, 2, down);
  }
  marks(pen, trace, theme, size, ofEvent);
  inevitability(pen, trace, theme, size, whole.axis === "true" ? x : (at) => ofEvent(trace.eventAt(at)));
  window(pen, trace, looking, whole, theme, size, x, ofEvent);
}

function marks(pen: Pen, trace: Trace, theme: Theme, size: Size, ofEvent: (i: number) => number): void {
  for (const v of trace.view.violations) {
    if (v.focus === 0) continue;
    const at = ofEvent(v.focus - 1);
    pen.fillStyle = theme.wrong;
    pen.beginPath();
    pen.moveTo(at, 12);
    pen.lineTo(at - 5, 2);
    pen.lineTo(at + 5, 2);
    pen.closePath();
    pen.fill();
    pen.fillRect(at - 0.5, 2, 1, size.height - 4);
  }
}

// How often the violation still happened when chance was drawn anew from there on.
function inevitability(pen: Pen, trace: Trace, theme: Theme, size: Size, x: (at: number) => number): void {
  const curve = trace.view.inevitability;
  if (!curve) return;
  const y = (p: { violated: number; runs: number }): number =>
    size.height - 3 - (p.violated / Math.max(1, p.runs)) * (size.height - 8);
  pen.strokeStyle = theme.wrong;
  pen.lineWidth = 2;
  pen.beginPath();
  curve.points.forEach((p, i) => (i === 0 ? pen.moveTo(x(p.at), y(p)) : pen.lineTo(x(p.at), y(p))));
  pen.stroke();
  if (curve.critical === undefined) return;
  pen.setLineDash([4, 3]);
  pen.beginPath();
  pen.moveTo(x(curve.critical), 0);
  pen.lineTo(x(curve.critical), size.height);
  pen.stroke();
  pen.setLineDash([]);
}

function window(
  pen: Pen, trace: Trace, looking: Looking, whole: Looking, theme: Theme, size: Size,
  x: (value: number) => number, ofEvent: (i: number) => number,
): void {
  if (trace.n > 0) {
    pen.fillStyle = theme.focus;
    pen.fillRect(ofEvent(looking.event) - 1, 0, 2, size.height);
  }
  if (looking.axis !== whole.axis || (looking.slice && looking.axis === "step")) return;
  const from = Math.max(GUTTER, x(looking.from));
  const to = Math.min(size.width - 8, x(looking.to));
  pen.strokeStyle = theme.text;
  pen.lineWidth = 1.5;
  pen.strokeRect(from, 1, Math.max(3, to - from), size.height - 2);
}

// The next fault, crash, restart or clock step.
export function nextMarked(trace: Trace, from: number, direction: 1 | -1): number {
  const isMarked = (i: number): boolean => {
    const kind = trace.c.kind[i]!;
    const node = kind === K.crash || kind === K.restart || kind === K.clock_step;
    return node || kind === K.fault_begin || kind === K.fault_end;
  };
  for (let n = 1; n <= trace.n; n++) {
    const i = (from + direction * n + trace.n) % trace.n;
    if (isMarked(i)) return i;
  }
  return from;
}
