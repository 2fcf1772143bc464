// Along one axis: where every event lies, and for every 1,024 events how far they and their messages
// reach, so that a window finds what overlaps it without looking at the rest.
const BLOCK = 1024;

export class Places {
  readonly min: number;
  readonly max: number;
  private low: Float64Array;
  private high: Float64Array;

  constructor(
    readonly x: Float64Array,
    private fate: Int32Array,
  ) {
    const blocks = Math.ceil(x.length / BLOCK);
    this.low = new Float64Array(blocks).fill(Infinity);
    this.high = new Float64Array(blocks).fill(-Infinity);
    let [min, max] = x.length === 0 ? [0, 0] : [Infinity, -Infinity];
    for (let i = 0; i < x.length; i++) {
      const b = (i / BLOCK) | 0;
      const at = x[i]!;
      if (at < min) min = at;
      if (at > max) max = at;
      const z = fate[i]! >= 0 ? x[fate[i]!]! : at;
      if (Math.min(at, z) < this.low[b]!) this.low[b] = Math.min(at, z);
      if (Math.max(at, z) > this.high[b]!) this.high[b] = Math.max(at, z);
    }
    this.min = min;
    this.max = max;
  }

  // Events, or messages of events, that overlap [from, to]; undefined: more than `most` of them.
  visible(from: number, to: number, most: number): Int32Array | undefined {
    const { x, fate } = this;
    const found: number[] = [];
    for (let b = 0; b < this.low.length; b++) {
      if (this.low[b]! > to || this.high[b]! < from) continue;
      const last = Math.min(x.length, (b + 1) * BLOCK);
      for (let i = b * BLOCK; i < last; i++) {
        const a = x[i]!;
        const z = fate[i]! >= 0 ? x[fate[i]!]! : a;
        if (Math.min(a, z) > to || Math.max(a, z) < from) continue;
        found.push(i);
        if (found.length > most) return undefined;
      }
    }
    return Int32Array.from(found);
  }

  // The same for one moment, and only events up to `last`.
  across(at: number, last: number, take: (i: number) => boolean): void {
    for (let b = 0; b < this.low.length && this.low[b]! <= at; b++) {
      if (this.high[b]! < at) continue;
      const end = Math.min(last + 1, (b + 1) * BLOCK);
      for (let i = b * BLOCK; i < end; i++) if (!take(i)) return;
    }
  }
}
