// A run with everything derived from its columns that the views look up.
import { Columns, FaultInfo, Header, Operation, Run, View, Violation } from "./columns";
import { Axis, K } from "./kinds";
import { localTimes } from "./local_times";
import { Places } from "./places";
import { Published } from "./published";

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
  readonly published: Published;
  readonly clockChanges: number[]; // events that tampered with some clock
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
    this.byLane = this.joinEvents();
    ({ local: this.local, changes: this.clockChanges } = localTimes(this.c, this.header));
    this.faults = run.header.faults.map((info) => this.faultOf(info));
    this.collectOperations();
    this.slices = this.view.violations.map((v) => new Set(v.slice.map((id) => id - 1)));
    for (const v of this.view.violations) this.markOperations(v);
    this.only = new Set((this.view.diff?.only ?? []).map((id) => id - 1));
    this.published = new Published(this);
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
    if (axis === "step") return new Places(Float64Array.from(this.everything), this.fate);
    const x = axis === "true" ? this.c.at : axis === "local" ? this.local : this.logical;
    return new Places(x, this.fate);
  }
  // Events, or messages of events, that overlap [from, to]; undefined: more than `most` of them.
  visible(axis: Axis, from: number, to: number, most: number): Int32Array | undefined {
    return this.places(axis).visible(from, to, most);
  }

  // Sends whose message is on its way right after event `cursor`.
  inFlight(cursor: number, most = 400): number[] {
    const found: number[] = [];
    const { kind } = this.c;
    this.places("true").across(this.c.at[cursor] ?? 0, cursor, (i) => {
      if ((kind[i] === K.send || kind[i] === K.duplicate) && this.fate[i]! > cursor) found.push(i);
      return found.length < most;
    });
    return found;
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
