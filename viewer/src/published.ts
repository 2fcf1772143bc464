// What nodes say of themselves: fields of published state, whether they run, the values they hold.
// A snapshot every 4,096 events makes any moment a short replay away.
import { K } from "./kinds";
import type { Trace } from "./trace";

// A field of one lane; "status" is whether it runs.
export interface FieldSlot {
  lane: number;
  field: string;
}

// `undefined`: it holds none any more.
export interface KeyChange {
  event: number;
  value: number | undefined;
}

const SNAPSHOT = 4096;
const STATUS = 65535;

export class Published {
  readonly slots: FieldSlot[] = [];
  private slotOf = new Map<number, number>(); // lane * 65536 + name: slot
  private times: Int32Array; // how often each slot is set in the run
  private snapshots: Int32Array[] = [];
  private keys = new Map<number, Map<number, KeyChange[]>>();

  constructor(private trace: Trace) {
    this.findSlots();
    this.times = new Int32Array(this.slots.length);
    const now = new Int32Array(this.slots.length).fill(-1);
    for (let i = 0; i < trace.n; i++) {
      if (i % SNAPSHOT === 0) this.snapshots.push(now.slice());
      const slot = this.slotAt(i);
      if (slot < 0) continue;
      now[slot] = i;
      this.times[slot]!++;
    }
  }

  private findSlots(): void {
    const { c, n, lanes } = this.trace;
    const add = (key: number, lane: number, field: string): void => {
      if (this.slotOf.has(key)) return;
      this.slotOf.set(key, this.slots.length);
      this.slots.push({ lane, field });
    };
    for (let lane = 0; lane < lanes; lane++) add(lane * 65536 + STATUS, lane, "status");
    for (let i = 0; i < n; i++)
      if (c.kind[i] === K.state && c.lane[i]! >= 0)
        add(c.lane[i]! * 65536 + c.name[i]!, c.lane[i]!, this.trace.name(i));
  }
  private slotAt(i: number): number {
    const { c } = this.trace;
    const kind = c.kind[i]!;
    if (kind === K.state) return this.slotOf.get(c.lane[i]! * 65536 + c.name[i]!) ?? -1;
    if (kind >= K.crash && kind <= K.resume) return this.slotOf.get(c.lane[i]! * 65536 + STATUS) ?? -1;
    return -1;
  }

  // For each slot the event that set it last, up to and with event `cursor`; -1: none did.
  at(cursor: number): Int32Array {
    const from = Math.floor(cursor / SNAPSHOT);
    const now = (this.snapshots[from] ?? new Int32Array(this.slots.length).fill(-1)).slice();
    for (let i = from * SNAPSHOT; i <= cursor && i < this.trace.n; i++) {
      const slot = this.slotAt(i);
      if (slot >= 0) now[slot] = i;
    }
    return now;
  }
  changes(i: number): boolean {
    return this.slotAt(i) >= 0;
  }
  // Is the field ever set again after a lane said it first?
  everChanges(field: string): boolean {
    return this.slots.some((slot, s) => slot.field === field && this.times[s]! > 1);
  }
  text(slot: number, setBy: number): string {
    const { trace } = this;
    const { field } = this.slots[slot]!;
    if (field === "status") {
      const kind = setBy < 0 ? K.restart : trace.c.kind[setBy];
      return kind === K.crash ? "down" : kind === K.pause ? "paused" : "up";
    }
    return setBy < 0 ? "–" : trace.stateText(field, trace.c.value[setBy]!);
  }

  // By replica, what it held of a key over the run, by its notes.
  keyChanges(key: number): Map<number, KeyChange[]> {
    let found = this.keys.get(key);
    if (!found) this.keys.set(key, (found = this.findKeyChanges(key)));
    return found;
  }
  private findKeyChanges(key: number): Map<number, KeyChange[]> {
    const { c, n, header } = this.trace;
    const append = header.names.indexOf("append");
    const discard = header.names.indexOf("discard_entry");
    const changes = new Map<number, KeyChange[]>();
    const held = new Map<number, { op: number; value: number }[]>(); // what a discard uncovers
    for (let i = 0; i < n; i++) {
      if (c.kind[i] !== K.note || c.key[i] !== key) continue;
      const isAppend = c.name[i] === append;
      if (!isAppend && c.name[i] !== discard) continue;
      const lane = c.lane[i]!;
      let stack = held.get(lane);
      if (!stack) held.set(lane, (stack = []));
      if (isAppend) stack.push({ op: c.op[i]!, value: c.value[i]! });
      else {
        const at = stack.findIndex((entry) => entry.op === c.op[i]);
        if (at >= 0) stack.splice(at, 1);
      }
      const list = changes.get(lane) ?? [];
      list.push({ event: i, value: stack[stack.length - 1]?.value });
      changes.set(lane, list);
    }
    return changes;
  }

  // What a replica holds of a key at `cursor`.
  valueAt(key: number, lane: number, cursor: number): KeyChange | undefined {
    const list = this.keyChanges(key).get(lane) ?? [];
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle]!.event <= cursor) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : list[low - 1];
  }
}
