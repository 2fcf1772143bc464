// What is looked at, and every way to change it; pictures, panels and the address follow from that.
import { fillControls, updateControls, updatePanels } from "./controls";
import { $ } from "./dom";
import { eventList, save, sentences, sliceDot } from "./export";
import { bindKeys } from "./keys";
import { Axis, AXES } from "./kinds";
import { nextMarked } from "./overview";
import { Player } from "./player";
import { bindPointer } from "./pointer";
import { Query, QueryError } from "./query";
import { Stage } from "./stage";
import { countUpTo, fullWindow, Looking, placeOf, readHash, sliceList, writeHash } from "./state";
import { EventTable } from "./table";
import { readTheme } from "./theme";
import { Trace } from "./trace";
import { eventText } from "./words";

export class App {
  looking: Looking;
  cone: { past: number; future: number; side: Uint8Array } | undefined;
  watched = -1; // a key
  readonly stage: Stage;
  readonly player: Player;
  private table: EventTable;
  private shown: ArrayLike<number> = []; // events that steps and the table go through
  private matches: Uint8Array | undefined;

  constructor(private traces: Trace[]) {
    this.looking = readHash(location.hash, traces, this.start(0));
    this.stage = new Stage(() => ({
      trace: this.trace, looking: this.looking, cone: this.cone?.side, matches: this.matches,
      watched: this.watched, playing: this.player.time,
    }));
    this.player = new Player({
      now: () => this.trace.c.at[this.looking.event] ?? 0,
      eventAt: (time) => this.trace.eventAt(time),
      lastEvent: () => this.trace.n - 1,
      cursor: () => this.looking.event,
      go: (event) => this.go(event),
      step: () => this.step(1),
      redraw: () => this.stage.draw(),
      changed: () => updateControls(this),
    });
    this.table = new EventTable($("table"), (event) => this.go(event));
    fillControls(this);
    this.listen();
    this.changed(true);
  }

  get trace(): Trace {
    return this.traces[this.looking.run]!;
  }
  get other(): Trace | undefined {
    return this.traces[1 - this.looking.run];
  }

  private start(run: number): Looking {
    const trace = this.traces[run]!;
    const v = trace.view.violations[0];
    const first = trace.view.diff?.first ?? 0;
    const looking: Looking = {
      run, event: first > 0 ? first - 1 : v && v.focus > 0 ? v.focus - 1 : 0, axis: "true",
      from: 0, to: 1, slice: false, cone: "direct", query: "", view: "space", violation: 0,
      hidden: new Set(),
    };
    if (v && v.slice.length > 0 && !trace.view.diff) Object.assign(looking, { slice: true, axis: "step" });
    [looking.from, looking.to] = fullWindow(trace, looking);
    if (first > 0) [looking.from, looking.to] = this.windowAround(trace, looking);
    this.watched = v?.key ?? -1;
    return looking;
  }

  // One change of what is looked at; everything else follows from it.
  set(change: Partial<Looking>, refit = false): void {
    Object.assign(this.looking, change);
    if (refit) [this.looking.from, this.looking.to] = fullWindow(this.trace, this.looking);
    const filters = ["query", "slice", "violation", "run"].some((name) => name in change);
    this.changed(filters);
  }

  private changed(filters: boolean): void {
    const { looking, trace } = this;
    if (filters) this.filter();
    this.cone = looking.cone === "full" && trace.n > 0 ? trace.cone(looking.event) : undefined;
    updateControls(this);
    updatePanels(this);
    this.table.select(looking.event);
    history.replaceState(null, "", writeHash(looking));
    this.stage.draw();
  }

  private filter(): void {
    const { looking, trace } = this;
    const input = $<HTMLInputElement>("query");
    input.removeAttribute("aria-invalid");
    this.matches = undefined;
    this.shown = looking.slice ? sliceList(trace, looking) : trace.everything;
    let count = looking.slice
      ? `${this.shown.length} of ${trace.n} events explain it`
      : `${trace.n} events`;
    if (looking.query !== "") {
      try {
        const test = new Query(looking.query, trace, trace.slices[looking.violation]).test;
        this.matches = new Uint8Array(trace.n);
        const found: number[] = [];
        for (let r = 0; r < this.shown.length; r++) {
          const i = this.shown[r]!;
          if (!test(i)) continue;
          this.matches[i] = 1;
          found.push(i);
        }
        this.shown = found;
        count = `${found.length} of ${trace.n} events`;
      } catch (error) {
        if (!(error instanceof QueryError)) throw error;
        input.setAttribute("aria-invalid", "true");
        count = error.message;
      }
    }
    $("count").textContent = count;
    this.table.show(trace, this.shown);
  }

  // To an event; the window follows if it is out of sight. `outside`: leave the slice if needed.
  go(event: number, outside = false): void {
    const { trace, looking } = this;
    if (event < 0 || event >= trace.n) return;
    const leaves = outside && looking.slice && !trace.slices[looking.violation]?.has(event);
    looking.event = event;
    if (leaves) looking.slice = false;
    if (leaves && looking.axis === "step") {
      looking.axis = "true";
      [looking.from, looking.to] = this.windowAround(trace, looking);
    }
    const at = placeOf(trace, looking)(event);
    const span = looking.to - looking.from;
    if (at < looking.from + span * 0.02 || at > looking.to - span * 0.02) {
      looking.from = at - span / 2;
      looking.to = at + span / 2;
    }
    this.changed(leaves);
    $("live").textContent = eventText(trace, event);
  }

  // With some two hundred events around the selected one.
  private windowAround(trace: Trace, looking: Looking): [number, number] {
    const { event } = looking;
    const at = placeOf(trace, looking);
    const from = at(Math.max(0, event - 100));
    const to = at(Math.min(trace.n - 1, event + 100));
    const half = Math.max((to - from) / 2, 1);
    return [at(event) - half, at(event) + half];
  }

  step(direction: 1 | -1): void {
    const rank = countUpTo(this.shown, this.looking.event);
    const here = this.shown[rank - 1] === this.looking.event;
    const next = direction > 0 ? rank : rank - (here ? 2 : 1);
    if (next >= 0 && next < this.shown.length) this.go(this.shown[next]!);
  }
  stepOnLane(direction: 1 | -1): void {
    const { trace, looking } = this;
    this.go(direction < 0 ? trace.previous[looking.event]! : trace.next[looking.event]!, true);
  }
  stepToCause(direction: 1 | -1): void {
    const { trace, looking } = this;
    this.go(direction < 0 ? trace.c.cause[looking.event]! : (trace.effects(looking.event)[0] ?? -1), true);
  }
  stepToChange(direction: 1 | -1): void {
    const { trace } = this;
    for (let i = this.looking.event + direction; i >= 0 && i < trace.n; i += direction)
      if (trace.published.changes(i)) return this.go(i, true);
  }
  stepToFault(direction: 1 | -1): void {
    this.go(nextMarked(this.trace, this.looking.event, direction), true);
  }
  nextViolation(direction: 1 | -1): void {
    const { length } = this.trace.view.violations;
    if (length > 0) this.choose((this.looking.violation + direction + length) % length);
  }
  choose(violation: number): void {
    const v = this.trace.view.violations[violation]!;
    this.watched = v.key ?? -1;
    const slice = v.slice.length > 0;
    this.set({ violation, slice, axis: slice ? "step" : "true", event: Math.max(0, v.focus - 1) }, true);
  }
  watch(key: number): void {
    this.watched = key;
    this.changed(false);
  }
  toggleLane(lane: number): void {
    const hidden = new Set(this.looking.hidden);
    if (!hidden.delete(lane)) hidden.add(lane);
    if (hidden.size < this.trace.lanes) this.set({ hidden });
    else updatePanels(this);
  }

  zoom(factor: number, around?: number): void {
    const { looking } = this;
    const middle = around ?? placeOf(this.trace, looking)(looking.event);
    const inView = middle >= looking.from && middle <= looking.to ? middle : (looking.from + looking.to) / 2;
    const least = looking.axis === "step" || looking.axis === "logical" ? 2 : 10;
    if ((looking.to - looking.from) * factor < least) return;
    this.set({
      from: inView - (inView - looking.from) * factor,
      to: inView + (looking.to - inView) * factor,
    });
  }
  pan(part: number): void {
    const by = (this.looking.to - this.looking.from) * part;
    this.set({ from: this.looking.from + by, to: this.looking.to + by });
  }
  fit(): void {
    this.set({}, true);
  }
  showTime(from: number, to: number): void {
    const room = Math.max((to - from) * 0.05, 1);
    this.set({ slice: false, axis: "true", from: from - room, to: to + room, event: this.trace.eventAt(from) });
  }

  setAxis(axis: Axis): void {
    const { looking, trace } = this;
    const change = { axis };
    // The same events in the window, as far as that goes.
    if (looking.slice || axis === looking.axis) return this.set(change, true);
    const seen = trace.visible(looking.axis, looking.from, looking.to, trace.n)!;
    Object.assign(looking, change);
    const at = placeOf(trace, looking);
    let [from, to] = [Infinity, -Infinity];
    for (const i of seen) {
      from = Math.min(from, at(i));
      to = Math.max(to, at(i));
    }
    if (!(to > from)) return this.set({}, true);
    this.set({ from, to });
  }
  nextAxis(): void {
    this.setAxis(AXES[(AXES.indexOf(this.looking.axis) + 1) % AXES.length]!);
  }

  toggleSlice(): void {
    const { looking, trace } = this;
    if (trace.slices.length === 0) return;
    const slice = !looking.slice;
    this.set({ slice, axis: slice ? "step" : "true" }, true);
    if (!slice) {
      [looking.from, looking.to] = this.windowAround(trace, looking);
      this.changed(false);
    }
  }

  // The other run, at the event that corresponds: the same place among those of the lane.
  swap(): void {
    const { looking, trace, other } = this;
    if (!other) return;
    const lane = trace.c.lane[looking.event]!;
    const shared = (t: Trace): number[] => Array.from(t.byLane[lane] ?? []).filter((i) => !t.only.has(i));
    const rank = countUpTo(shared(trace), looking.event) - 1;
    const event = shared(other)[Math.max(0, rank)] ?? other.eventAt(trace.c.at[looking.event] ?? 0);
    const change: Partial<Looking> = {
      run: 1 - looking.run, event, violation: 0, slice: false, hidden: new Set(),
    };
    if (looking.slice || looking.axis === "step") change.axis = "true";
    const kept = looking.axis === "true" && !looking.slice;
    this.set(change, !kept);
  }

  private listen(): void {
    const click = (id: string, act: () => void): void => $(id).addEventListener("click", act);
    click("slice", () => this.toggleSlice());
    click("runs", () => this.swap());
    click("back", () => this.step(-1));
    click("forth", () => this.step(1));
    click("play", () => this.player.toggle());
    click("in", () => this.zoom(0.5));
    click("out", () => this.zoom(2));
    click("fit", () => this.fit());
    click("help", () => $<HTMLDialogElement>("keys").showModal());
    click("svg", () => save("view.svg", "image/svg+xml", this.stage.svg()));
    click("dot", () => save("slice.dot", "text/vnd.graphviz", sliceDot(this.trace, this.looking, this.stage.theme)));
    click("text", () => {
      const { trace } = this;
      save("events.txt", "text/plain", sentences(trace, this.looking.violation) + eventList(trace, this.shown));
    });
    $("axis").addEventListener("change", () => this.setAxis($<HTMLSelectElement>("axis").value as Axis));
    $("cone").addEventListener("change", () =>
      this.set({ cone: $<HTMLSelectElement>("cone").value as Looking["cone"] }));
    $("filter").addEventListener("submit", (e) => e.preventDefault());
    $("query").addEventListener("input", () => this.set({ query: $<HTMLInputElement>("query").value.trim() }));
    addEventListener("resize", () => this.stage.draw());
    addEventListener("hashchange", () => {
      this.looking = readHash(location.hash, this.traces, this.looking);
      this.changed(true);
    });
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"])
      matchMedia(query).addEventListener("change", () => {
        this.stage.theme = readTheme();
        this.stage.draw();
      });
    bindKeys(this);
    bindPointer(this);
  }

  // For tests and for measuring: how long frames take.
  measure(): { frames: number[]; looking: Looking; shown: number } {
    return { frames: this.stage.frames, looking: this.looking, shown: this.shown.length };
  }
}
