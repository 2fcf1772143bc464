// Where there is too much for arrows: counts, from running sums, so that any window costs as much as
// it has pixels.
import { GUTTER, Scene } from "./scene";
import { Looking } from "./state";
import { K } from "./kinds";
import { Trace } from "./trace";

// Per lane and pixel how much happened (up) and was lost (down).
export function drawDensity(scene: Scene): void {
  const { pen, input } = scene;
  const { trace, looking, theme } = input;
  const columns = Math.max(1, Math.floor((input.size.width - GUTTER) / 2));
  const counts = densityOf(trace, looking, columns);
  const half = scene.row * 0.44;
  for (const lane of scene.lanes) {
    const { events, lost } = counts[lane]!;
    const y = scene.y(lane);
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
    if (op?.wrong && op.invoke >= 0 && scene.shows(op.lane))
      scene.label("!", [[scene.x(scene.place(op.invoke)), scene.y(op.lane)]], theme.wrong, "bold 14", true);
  }
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
