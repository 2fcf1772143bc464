// How far a key's history can be put in order: places in that order, the state after each, and what
// cannot come next. Computed with the record; here it is only read.
import { Prefix } from "./columns";
import { Op, Trace } from "./trace";

export interface Place {
  number: number; // in the order, from 1
  at: number; // a true time between its call and its answer, after that of the place before
  op: Op;
  state: unknown; // what the register holds after it
}

const cache = new WeakMap<Prefix, Map<number, Place>>();

export function placesOf(trace: Trace, prefix: Prefix): Map<number, Place> {
  let places = cache.get(prefix);
  if (places) return places;
  cache.set(prefix, (places = new Map()));
  let at = -Infinity;
  let state: unknown = null;
  prefix.order.forEach((id, n) => {
    const op = trace.ops.get(id);
    if (!op) return;
    at = Math.max(at, op.raw.invoked_at);
    if (op.raw.f !== "read") state = op.raw.value;
    places.set(id, { number: prefix.skipped + n + 1, at, op, state });
  });
  return places;
}

const shown = (value: unknown): string => (value === null ? "nothing" : String(value));

// One sentence for those who do not see the picture, and for those who do.
export function prefixText(trace: Trace, violation: number): string | undefined {
  const prefix = trace.view.violations[violation]?.prefix;
  const failing = prefix && trace.ops.get(prefix.failing);
  if (!prefix || !failing) return undefined;
  const count = prefix.skipped + prefix.order.length;
  const waiting = prefix.waiting.length > 0 ? `; ${prefix.waiting.length} more were still open` : "";
  return `The longest order that explains every answer has ${count} operations and leaves ${shown(prefix.state)}${waiting}. Then op ${failing.id} (${failing.text}) has no place: see history (3).`;
}

export function placeText(trace: Trace, prefix: Prefix, op: Op): string {
  const place = placesOf(trace, prefix).get(op.id);
  if (place) return `${place.number}. in the order, after it: ${shown(place.state)}`;
  if (op.id === prefix.failing) return `no place in any order: there it would find ${shown(prefix.state)}`;
  return prefix.waiting.includes(op.id) ? "still open when the order ends" : "after the end of the order, or of another key";
}
