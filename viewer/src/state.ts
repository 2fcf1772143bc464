// What the reader looks at, all of which the address keeps: #v=1&e=1234&axis=true&t0=..&t1=..
import { AXES, Axis } from "./kinds";
import { Trace } from "./trace";

export const VIEWS = ["space", "cluster", "history", "report"] as const;
export type ViewName = (typeof VIEWS)[number];

export interface Looking {
  run: number;
  event: number; // index of the selected event
  axis: Axis;
  from: number; // the window, in units of the axis
  to: number;
  slice: boolean;
  cone: "direct" | "full" | "off";
  query: string;
  view: ViewName;
  violation: number; // which one the slice and the sentence are of
  hidden: Set<number>; // lanes that are not drawn
}

// Clients first; of a slice those that it is about.
export function lanesShown(trace: Trace, looking: Looking): number[] {
  const all = Array.from({ length: trace.lanes }, (_, i) => i);
  const ordered = [...all.filter((i) => trace.isClient(i)), ...all.filter((i) => !trace.isClient(i))];
  const lanes = looking.slice ? trace.view.violations[looking.violation]?.lanes : undefined;
  const shown = ordered.filter((i) => !looking.hidden.has(i));
  return lanes ? shown.filter((i) => lanes.includes(i)) : shown;
}

export function fullWindow(trace: Trace, looking: Looking): [number, number] {
  if (looking.slice && looking.axis === "step") {
    return [-1, sliceList(trace, looking).length];
  }
  const { min, max } = trace.places(looking.axis);
  let [from, to] = [min, max];
  const v = trace.view.violations[looking.violation];
  if (looking.slice && v && v.slice.length > 0) {
    const { x } = trace.places(looking.axis);
    const at = v.slice.map((id) => x[id - 1]!);
    [from, to] = [Math.min(...at), Math.max(...at)];
  }
  const room = Math.max((to - from) * 0.03, 1);
  return [from - room, to + room];
}

const lists = new WeakMap<Set<number>, number[]>();
export function sliceList(trace: Trace, looking: Looking): number[] {
  const set = trace.slices[looking.violation];
  if (!set) return [];
  let list = lists.get(set);
  if (!list) lists.set(set, (list = [...set].sort((a, b) => a - b)));
  return list;
}

// How many numbers of a sorted list are at most `n`.
export function countUpTo(list: ArrayLike<number>, n: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! <= n) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Where an event lies on the axis; in a slice by number, between its neighbours of the slice.
export function placeOf(trace: Trace, looking: Looking): (i: number) => number {
  if (looking.slice && looking.axis === "step") {
    const list = sliceList(trace, looking);
    return (i) => {
      const rank = countUpTo(list, i);
      return list[rank - 1] === i ? rank - 1 : rank - 0.5;
    };
  }
  const { x } = trace.places(looking.axis);
  return (i) => x[i]!;
}

export function writeHash(looking: Looking): string {
  const params = new URLSearchParams();
  params.set("v", "1");
  params.set("e", String(looking.event + 1));
  params.set("axis", looking.axis);
  params.set("t0", String(+looking.from.toPrecision(12)));
  params.set("t1", String(+looking.to.toPrecision(12)));
  if (looking.slice) params.set("slice", "1");
  if (looking.cone !== "direct") params.set("cone", looking.cone);
  if (looking.query !== "") params.set("q", looking.query);
  if (looking.view !== "space") params.set("view", looking.view);
  if (looking.violation > 0) params.set("why", String(looking.violation + 1));
  if (looking.run > 0) params.set("run", "b");
  if (looking.hidden.size > 0) params.set("hide", [...looking.hidden].sort((a, b) => a - b).join("."));
  return `#${params.toString()}`;
}

// Everything that the address says and that makes sense for these runs.
export function readHash(hash: string, traces: Trace[], start: Looking): Looking {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const looking = { ...start };
  if (params.get("v") !== "1") return looking;
  const number = (name: string): number | undefined => {
    const n = Number(params.get(name) ?? NaN);
    return Number.isFinite(n) ? n : undefined;
  };
  if (params.get("run") === "b" && traces.length > 1) looking.run = 1;
  const trace = traces[looking.run]!;
  looking.violation = Math.min(
    Math.max((number("why") ?? 1) - 1, 0),
    Math.max(trace.view.violations.length - 1, 0),
  );
  looking.slice = params.get("slice") === "1" && trace.view.violations.length > 0;
  const axis = params.get("axis") as Axis;
  looking.axis = AXES.includes(axis) ? axis : "true";
  const view = params.get("view") as ViewName;
  looking.view = VIEWS.includes(view) ? view : "space";
  const cone = params.get("cone");
  looking.cone = cone === "full" || cone === "off" ? cone : "direct";
  looking.query = params.get("q") ?? "";
  const hidden = (params.get("hide") ?? "").split(".").map((word) => (word === "" ? -1 : Number(word)));
  looking.hidden = new Set(hidden.filter((lane) => Number.isInteger(lane) && lane >= 0 && lane < trace.lanes));
  looking.event = Math.min(Math.max((number("e") ?? 1) - 1, 0), Math.max(trace.n - 1, 0));
  [looking.from, looking.to] = fullWindow(trace, looking);
  const from = number("t0");
  const to = number("t1");
  if (from !== undefined && to !== undefined && to > from) [looking.from, looking.to] = [from, to];
  return looking;
}
