// What each lane's wall clock showed at each of its events: it runs at its own rate, is slewed and
// stepped. Lanes without a clock show true time.
import { Columns, Header } from "./columns";
import { K } from "./kinds";

export function localTimes(c: Columns, header: Header): { local: Float64Array; changes: number[] } {
  const { kind, at, value, lane, name } = c;
  const local = new Float64Array(kind.length);
  const changes: number[] = [];
  const slewName = header.names.indexOf("clock slew");
  const clocks = header.lanes.map((l) => ({
    since: 0, shown: l.clock_offset, rate: l.clock_rate_ppb, slew: 0,
  }));
  for (let i = 0; i < kind.length; i++) {
    const clock = clocks[lane[i]!];
    if (!clock) {
      local[i] = at[i]!;
      continue;
    }
    let now = clock.shown + (at[i]! - clock.since) * (1 + (clock.rate + clock.slew) / 1e9);
    const slews = slewName >= 0 && kind[i] === K.note && name[i] === slewName;
    if (slews || kind[i] === K.clock_rate || kind[i] === K.clock_step) {
      if (kind[i] === K.clock_step) now += value[i]!;
      else if (slews) clock.slew = value[i]!;
      else clock.rate = value[i]!;
      Object.assign(clock, { since: at[i]!, shown: now });
      changes.push(i);
    }
    local[i] = now;
  }
  return { local, changes };
}
