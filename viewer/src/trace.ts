// A run with everything derived from its columns that the views look up.
import { Columns, FaultInfo, Header, Operation, Run, View, Violation } from "./columns";

// In the order of sim::EventKind.
export const KINDS = [
  "send", "receive", "drop", "duplicate", "timer", "invoke", "ok", "fail", "unknown", "crash",
  "restart", "pause", "resume", "sync", "clock_step", "clock_rate", "fault_begin", "fault_end",
  "state", "note",
] as const;
export const K = Object.fromEntries(KINDS.map((k, i) => [k, i])) as Record<
  (typeof KINDS)[number],
  number
>;
export const REASONS = ["", "partition", "loss", "receiver down", "queue full"] as const;

export type Axis = "true" | "local" | "logical" | "step";
export const AXES: Axis[] = ["true", "local", "logical", "step"];

export interface Fault {
  info: FaultInfo;
  lanes: number[]; // those it hit, or all members of its sides
  sides: number[][];
  begin: number;
  end: number; // the run's end if it was never lifted
}

export interface Op {
  id: number;
  lane: number;
  invoke: number; // event index, -1: not in the record
  complete: number;
  text: string;
  outcome: "ok" | "fail" | "unknown";
  raw: Operation;
  wrong: boolean;
  witness: boolean;
}

// What a node says of itself: a field of its published state, or whether it runs.
export interface FieldSlot {
  lane: number;
  field: string;
}

const BLOCK = 1024;
const SNAPSHOT = 4096;

// Along one axis: where every event lies, and for every 1,024 events how far they and their
// messages reach, so that a window finds what overlaps it without looking at the rest.
export interface Places {
  x: Float64Array;
  low: Float64Array;
  high: Float64Array;
  min: number;
  max: number;
}

export class Trace {
  readonly c: Columns;
  readonly n: number;
  readonly header: Header;
  readonly view: View;
  readonly fate: Int32Array; // of a send or duplicate: its receive or drop, -1: none
  readonly previous: Int32Array; // event of the same lane before, -1: none
  readonly next: Int32Array;
  readonly local: Float64Array; // what the lane's wall clock showed
  readonly logical: Float64Array; // Lamport clock
  readonly byLane: Int32Array[];
  readonly faults: Fault[];
  readonly ops = new Map<number, Op>();
  readonly slices: Set<number>[]; // event indices, one for each violation
  readonly violationOps = new Set<number>();
  readonly only: Set<number>; // events that the other run does not have
  private all = new Int32Array(0);
  private children: { start: Int32Array; list: Int32Array } | undefined;
  private placesOf = new Map<Axis, Places>();
  private slotOf: Map<number, number>; // lane * 65536 + name: slot
  readonly slots: FieldSlot[] = [];
  private snapshots: Int32Array[] = [];
  private laneNumber = new Map<string, number>();

  constructor(
    readonly run: Run,
    readonly label: string,
  ) {
    this.c = run.columns;
    this.n = run.columns.kind.length;
    this.header = run.header;
    this.view = run.view;
    run.header.lanes.forEach((lane, i) => {
      if (!this.laneNumber.has(lane.name)) this.laneNumber.set(lane.name, i);
    });
    this.fate = new Int32Array(this.n).fill(-1);
    this.previous = new Int32Array(this.n).fill(-1);
    this.next = new Int32Array(this.n).fill(-1);
    this.logical = new Float64Array(this.n);
    this.local = new Float64Array(this.n);
    this.byLane = this.joinEvents();
    this.tellLocalTimes();
    this.faults = run.header.faults.map((info) => this.faultOf(info));
    this.collectOperations();
    this.slices = this.view.violations.map((v) => new Set(v.slice.map((id) => id - 1)));
    for (const v of this.view.violations) this.markOperations(v);
    this.only = new Set((this.view.diff?.only ?? []).map((id) => id - 1));
    this.slotOf = this.findSlots();
    this.takeSnapshots();
  }

  get lanes(): number {
    return this.header.lanes.length;
  }
  laneName(lane: number): string {
    return lane < 0 ? "the world" : this.header.lanes[lane]?.name || `lane${lane}`;
  }
  isClient(lane: number): boolean {
    return this.header.lanes[lane]?.client ?? false;
  }
  name(i: number): string {
    return this.header.names[this.c.name[i]!] ?? "?";
  }
  keyName(key: number): string {
    return key < 0 ? "" : this.header.keys[key] || `k${key}`;
  }
  stateText(field: string, value: number): string {
    return this.header.states[field]?.[value] ?? String(value);
  }
  private laneOf(word: string | number | undefined): number {
    if (word === undefined) return -1;
    return typeof word === "number" ? word : (this.laneNumber.get(word) ?? -1);
  }

  private joinEvents(): Int32Array[] {
    const { kind, cause, lane } = this.c;
    const counts = new Int32Array(this.lanes);
    for (let i = 0; i < this.n; i++) if (lane[i]! >= 0 && lane[i]! < this.lanes) counts[lane[i]!]!++;
    const lists = Array.from(counts, (count) => new Int32Array(count));
    const used = new Int32Array(this.lanes);
    const last = new Int32Array(this.lanes).fill(-1);
    for (let i = 0; i < this.n; i++) {
      let clock = cause[i]! >= 0 ? this.logical[cause[i]!]! : 0;
      const at = lane[i]!;
      if (at >= 0 && at < this.lanes) {
        lists[at]![used[at]!++] = i;
        const before = last[at]!;
        this.previous[i] = before;
        if (before >= 0) {
          this.next[before] = i;
          clock = Math.max(clock, this.logical[before]!);
        }
        last[at] = i;
      }
      this.logical[i] = clock + 1;
      const ends = kind[i] === K.receive || kind[i] === K.drop;
      if (ends && cause[i]! >= 0 && this.fate[cause[i]!] === -1) this.fate[cause[i]!] = i;
    }
    return lists;
  }

  // A wall clock runs at its own rate and is stepped; lanes without one show true time.
  private tellLocalTimes(): void {
    const { kind, at, value, lane } = this.c;
    const clocks = this.header.lanes.map((l) => ({
      since: 0, shown: l.clock_offset, rate: l.clock_rate_ppb,
    }));
    for (let i = 0; i < this.n; i++) {
      const clock = clocks[lane[i]!];
      if (!clock) {
        this.local[i] = at[i]!;
        continue;
      }
      const now = clock.shown + (at[i]! - clock.since) * (1 + clock.rate / 1e9);
      if (kind[i] === K.clock_rate) Object.assign(clock, { since: at[i]!, shown: now, rate: value[i]! });
      if (kind[i] === K.clock_step) Object.assign(clock, { since: at[i]!, shown: now + value[i]! });
      this.local[i] = kind[i] === K.clock_step ? now + value[i]! : now;
    }
  }

  private faultOf(info: FaultInfo): Fault {
    const sides = info.groups.map((g) => g.map((l) => this.laneOf(l)));
    const lanes = sides.length > 0 ? sides.flat() : info.lanes.map((l) => this.laneOf(l));
    const last = this.n > 0 ? this.c.at[this.n - 1]! : 0;
    return { info, lanes, sides, begin: info.begin, end: Math.min(info.end, last) };
  }

  private collectOperations(): void {
    for (const raw of this.run.operations) {
      const key = typeof raw.key === "number" ? this.keyName(raw.key) : raw.key;
      const shown = raw.value === null ? "nothing" : JSON.stringify(raw.value);
      const reads = raw.f === "read";
      const words = reads
        ? `${raw.f} ${key}${raw.outcome === "ok" ? ` → ${shown}` : ""}`
        : `${raw.f} ${key}=${raw.f === "cas" ? `${JSON.stringify(raw.expected)}→` : ""}${shown}`;
      this.ops.set(raw.op, {
        id: raw.op, lane: this.laneOf(raw.client), invoke: -1, complete: -1, text: words,
        outcome: raw.outcome, raw, wrong: false, witness: false,
      });
    }
    for (let i = 0; i < this.n; i++) {
      const kind = this.c.kind[i]!;
      if (kind < K.invoke || kind > K.unknown) continue;
      const op = this.ops.get(this.c.op[i]!);
      if (!op) continue;
      if (kind === K.invoke) op.invoke = i;
      else op.complete = i;
    }
  }

  private markOperations(violation: Violation): void {
    for (const { op: id, wrong, witness } of violation.operations) {
      const op = this.ops.get(id);
      if (!op) continue;
      op.wrong ||= wrong;
      op.witness ||= witness;
      this.violationOps.add(id);
    }
  }

  // Which events an event led to directly.
  effects(i: number): Int32Array {
    this.children ??= this.joinChildren();
    const { start, list } = this.children;
    return list.subarray(start[i]!, start[i + 1]!);
  }
  private joinChildren(): { start: Int32Array; list: Int32Array } {
    const start = new Int32Array(this.n + 2);
    const { cause } = this.c;
    for (let i = 0; i < this.n; i++) if (cause[i]! >= 0) start[cause[i]! + 2]!++;
    for (let i = 1; i < start.length; i++) start[i]! += start[i - 1]!;
    const list = new Int32Array(this.n);
    for (let i = 0; i < this.n; i++) if (cause[i]! >= 0) list[start[cause[i]! + 1]!++] = i;
    return { start, list };
  }

  // 1: it may have influenced event `of`; 2: it may have been influenced by it; 0: concurrent.
  cone(of: number): { past: number; future: number; side: Uint8Array } {
    const side = new Uint8Array(this.n);
    const { cause } = this.c;
    let past = 0;
    let future = 0;
    side[of] = 3;
    for (let i = of; i >= 0; i--) {
      if (side[i] === 0) continue;
      if (i !== of) past++;
      const from = cause[i]!;
      const before = this.previous[i]!;
      if (from >= 0 && side[from] === 0) side[from] = 1;
      if (before >= 0 && side[before] === 0) side[before] = 1;
    }
    for (let i = of + 1; i < this.n; i++) {
      const from = cause[i]!;
      const before = this.previous[i]!;
      if ((from >= 0 && side[from]! >= 2) || (before >= 0 && side[before]! >= 2)) {
        side[i] = 2;
        future++;
      }
    }
    return { past, future, side };
  }

  places(axis: Axis): Places {
    let places = this.placesOf.get(axis);
    if (!places) this.placesOf.set(axis, (places = this.findPlaces(axis)));
    return places;
  }
  private findPlaces(axis: Axis): Places {
    const x =
      axis === "true" ? this.c.at : axis === "local" ? this.local
      : axis === "logical" ? this.logical : new Float64Array(this.n);
    if (axis === "step") for (let i = 0; i < this.n; i++) x[i] = i;
    const blocks = Math.ceil(this.n / BLOCK);
    const low = new Float64Array(blocks).fill(Infinity);
    const high = new Float64Array(blocks).fill(-Infinity);
    let min = Infinity;
    let max = -Infinity;
    for (let i = 0; i < this.n; i++) {
      const b = (i / BLOCK) | 0;
      const at = x[i]!;
      if (at < low[b]!) low[b] = at;
      if (at > high[b]!) high[b] = at;
      if (at < min) min = at;
      if (at > max) max = at;
      const end = this.fate[i]!;
      if (end < 0) continue;
      if (x[end]! > high[b]!) high[b] = x[end]!;
      if (x[end]! < low[b]!) low[b] = x[end]!;
    }
    if (this.n === 0) min = max = 0;
    return { x, low, high, min, max };
  }

  // Events, or messages of events, that overlap [from, to]; undefined: more than `most` of them.
  visible(axis: Axis, from: number, to: number, most: number): Int32Array | undefined {
    const { x, low, high } = this.places(axis);
    const found: number[] = [];
    for (let b = 0; b < low.length; b++) {
      if (low[b]! > to || high[b]! < from) continue;
      const last = Math.min(this.n, (b + 1) * BLOCK);
      for (let i = b * BLOCK; i < last; i++) {
        const end = this.fate[i]!;
        const a = x[i]!;
        const z = end >= 0 ? x[end]! : a;
        if (Math.min(a, z) > to || Math.max(a, z) < from) continue;
        found.push(i);
        if (found.length > most) return undefined;
      }
    }
    return Int32Array.from(found);
  }

  // Sends whose message is on its way right after event `cursor`.
  inFlight(cursor: number, most = 400): number[] {
    const found: number[] = [];
    const at = this.c.at[cursor] ?? 0;
    const { low, high } = this.places("true");
    for (let b = 0; b < low.length && low[b]! <= at; b++) {
      if (high[b]! < at) continue;
      const last = Math.min(cursor + 1, (b + 1) * BLOCK);
      for (let i = b * BLOCK; i < last; i++) {
        const kind = this.c.kind[i];
        if (kind !== K.send && kind !== K.duplicate) continue;
        if (this.fate[i]! > cursor) found.push(i);
        if (found.length >= most) return found;
      }
    }
    return found;
  }

  private findSlots(): Map<number, number> {
    const slots = new Map<number, number>();
    for (let lane = 0; lane < this.lanes; lane++) {
      slots.set(lane * 65536 + 65535, this.slots.length);
      this.slots.push({ lane, field: "status" });
    }
    for (let i = 0; i < this.n; i++) {
      if (this.c.kind[i] !== K.state || this.c.lane[i]! < 0) continue;
      const key = this.c.lane[i]! * 65536 + this.c.name[i]!;
      if (slots.has(key)) continue;
      slots.set(key, this.slots.length);
      this.slots.push({ lane: this.c.lane[i]!, field: this.name(i) });
    }
    return slots;
  }
  private slotAt(i: number): number {
    const kind = this.c.kind[i]!;
    const lane = this.c.lane[i]!;
    if (kind === K.state) return this.slotOf.get(lane * 65536 + this.c.name[i]!) ?? -1;
    if (kind >= K.crash && kind <= K.resume) return this.slotOf.get(lane * 65536 + 65535) ?? -1;
    return -1;
  }
  private takeSnapshots(): void {
    const now = new Int32Array(this.slots.length).fill(-1);
    for (let i = 0; i < this.n; i++) {
      if (i % SNAPSHOT === 0) this.snapshots.push(now.slice());
      const slot = this.slotAt(i);
      if (slot >= 0) now[slot] = i;
    }
  }
  // For each slot the event that set it last, up to and with event `cursor`; -1: none did.
  stateAt(cursor: number): Int32Array {
    const from = Math.floor(cursor / SNAPSHOT);
    const now = (this.snapshots[from] ?? new Int32Array(this.slots.length).fill(-1)).slice();
    for (let i = from * SNAPSHOT; i <= cursor && i < this.n; i++) {
      const slot = this.slotAt(i);
      if (slot >= 0) now[slot] = i;
    }
    return now;
  }
  changesState(i: number): boolean {
    return this.slotAt(i) >= 0;
  }
  slotText(slot: number, setBy: number): string {
    const { field } = this.slots[slot]!;
    if (field === "status") {
      const kind = setBy < 0 ? K.restart : this.c.kind[setBy];
      return kind === K.crash ? "down" : kind === K.pause ? "paused" : "up";
    }
    return setBy < 0 ? "–" : this.stateText(field, this.c.value[setBy]!);
  }

  // The value of `key` that each replica holds at `cursor`, by its notes; undefined: it told none.
  keyValues(key: number, cursor: number): Map<number, { value: number; event: number }> {
    const held = new Map<number, { value: number; event: number }>();
    const append = this.header.names.indexOf("append");
    const discard = this.header.names.indexOf("discard_entry");
    for (let lane = 0; lane < this.lanes; lane++) {
      if (this.isClient(lane)) continue;
      const gone = new Set<number>();
      for (let i = this.lastOn(lane, cursor); i >= 0; i = this.previous[i]!) {
        if (this.c.kind[i] !== K.note || this.c.key[i] !== key) continue;
        if (this.c.name[i] === discard) gone.add(this.c.op[i]!);
        if (this.c.name[i] !== append || gone.has(this.c.op[i]!)) continue;
        held.set(lane, { value: this.c.value[i]!, event: i });
        break;
      }
    }
    return held;
  }

  // All events in order, for what also takes a few of them.
  get everything(): Int32Array {
    if (this.all.length !== this.n) {
      this.all = new Int32Array(this.n);
      for (let i = 0; i < this.n; i++) this.all[i] = i;
    }
    return this.all;
  }

  // The last event of `lane` up to and with `cursor`; -1: none.
  lastOn(lane: number, cursor: number): number {
    const events = this.byLane[lane];
    if (!events) return -1;
    let low = 0;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (events[middle]! <= cursor) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? -1 : events[low - 1]!;
  }

  // The last event at or before true time `at`; 0 if there is none.
  eventAt(at: number): number {
    let low = 0;
    let high = this.n;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.c.at[middle]! <= at) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}
