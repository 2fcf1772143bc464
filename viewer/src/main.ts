// Starts the viewer: reads the runs in the page, opens on the violation, and ties keys, pointer
// and address to one state from which everything is drawn.
import { drawCluster } from "./cluster";
import { bytesOfBase64, readRun } from "./columns";
import { GUTTER, Size, SpaceTime, Theme } from "./draw";
import { eventList, save, sentences, sliceDot } from "./export";
import { Bar, drawHistory } from "./history";
import { drawOverview, nextMarked, wholeRun } from "./overview";
import { showDiff, showEvent, showFaults, showKeys, showState, showWhy } from "./panels";
import { SvgPen } from "./pen";
import { Query, QueryError } from "./query";
import { countUpTo, fullWindow, Looking, placeOf, readHash, sliceList, VIEWS, writeHash } from "./state";
import { EventTable } from "./table";
import { AXES, Axis, Op, Trace } from "./trace";
import { AXIS_NAMES, eventText } from "./words";

const $ = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const SPEEDS = [0.0001, 0.001, 0.01, 0.1, 1];

function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    back: colour("back"), text: colour("text"), muted: colour("muted"), grid: colour("grid"),
    lane: colour("lane"), client: colour("client"), replica: colour("replica"),
    lost: colour("lost"), wrong: colour("wrong"), wrongFill: colour("wrong-fill"),
    opFill: colour("op-fill"), leader: colour("leader"), candidate: colour("candidate"),
    focus: colour("focus"), down: colour("down"), only: colour("only"),
    sides: ["side-a", "side-b", "side-c", "side-d"].map(colour),
  };
}

class App {
  private looking: Looking;
  private theme = readTheme();
  private table: EventTable;
  private shown: ArrayLike<number> = []; // events that steps and the table go through
  private matches: Uint8Array | undefined;
  private cone: { past: number; future: number; side: Uint8Array } | undefined;
  private spaceTime: SpaceTime | undefined;
  private bars: Bar[] = [];
  private historyOp: Op | undefined;
  private watched = -1;
  private playing: number | undefined; // true time of the animation
  private frame = 0;
  private frames: number[] = []; // how long the last ones took to draw

  constructor(private traces: Trace[]) {
    this.looking = this.start(0);
    this.looking = readHash(location.hash, traces, this.looking);
    this.table = new EventTable($("table"), (event) => this.go(event));
    this.fillControls();
    this.listen();
    this.changed(true);
  }

  private get trace(): Trace {
    return this.traces[this.looking.run]!;
  }

  private start(run: number): Looking {
    const trace = this.traces[run]!;
    const v = trace.view.violations[0];
    const first = trace.view.diff?.first ?? 0;
    const looking: Looking = {
      run, event: first > 0 ? first - 1 : v && v.focus > 0 ? v.focus - 1 : 0, axis: "true",
      from: 0, to: 1, slice: false, cone: "direct", query: "", view: "space", violation: 0,
    };
    if (v && v.slice.length > 0 && !trace.view.diff) Object.assign(looking, { slice: true, axis: "step" });
    [looking.from, looking.to] = fullWindow(trace, looking);
    if (first > 0) [looking.from, looking.to] = this.windowAround(trace, looking);
    this.watched = v?.key ?? -1;
    return looking;
  }

  private fillControls(): void {
    const { header } = this.trace;
    $("title").textContent = document.title || header.scenario;
    for (const axis of AXES) {
      const option = new Option(AXIS_NAMES[axis], axis);
      $<HTMLSelectElement>("axis").append(option);
    }
    for (const speed of SPEEDS) {
      const label = speed === 1 ? "real time" : `1/${Math.round(1 / speed)}`;
      $<HTMLSelectElement>("speed").append(new Option(label, String(speed), false, speed === 0.001));
    }
    const names = { space: "space-time", cluster: "cluster", history: "history", report: "report" };
    for (const view of VIEWS) {
      const tab = document.createElement("button");
      tab.setAttribute("role", "tab");
      tab.id = `view-${view}`;
      tab.textContent = names[view];
      tab.addEventListener("click", () => this.set({ view }));
      $("views").append(tab);
    }
    showKeys($("keys").querySelector("div")!);
  }

  // One change of what is looked at; everything else follows from it.
  private set(change: Partial<Looking>, refit = false): void {
    Object.assign(this.looking, change);
    if (refit) [this.looking.from, this.looking.to] = fullWindow(this.trace, this.looking);
    const filters = ["query", "slice", "violation", "run"].some((name) => name in change);
    this.changed(filters);
  }

  private changed(filters: boolean): void {
    const { looking, trace } = this;
    if (filters) this.filter();
    this.cone = looking.cone === "full" && trace.n > 0 ? trace.cone(looking.event) : undefined;
    this.controls();
    this.panels();
    this.table.select(looking.event);
    history.replaceState(null, "", writeHash(looking));
    this.draw();
  }

  private filter(): void {
    const { looking, trace } = this;
    const input = $<HTMLInputElement>("query");
    input.removeAttribute("aria-invalid");
    const slice = trace.slices[looking.violation];
    this.matches = undefined;
    let count = `${trace.n} events`;
    if (looking.slice) {
      this.shown = sliceList(trace, looking);
      count = `${this.shown.length} of ${trace.n} events explain it`;
    } else {
      this.shown = trace.everything;
    }
    if (looking.query !== "") {
      try {
        const test = new Query(looking.query, trace, slice).test;
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

  private controls(): void {
    const { looking, trace } = this;
    const other = this.traces[1 - looking.run];
    const h = trace.header;
    $("meta").textContent =
      `${h.scenario}; seed ${h.seed}; fingerprint ${h.fingerprint}; ${trace.n} events, ${h.lanes.length} lanes` +
      (trace.view.diff ? `; run ${looking.run === 0 ? "A" : "B"}: ${trace.label}` : "");
    $<HTMLSelectElement>("axis").value = looking.axis;
    $<HTMLSelectElement>("cone").value = looking.cone;
    const slice = $<HTMLButtonElement>("slice");
    slice.setAttribute("aria-pressed", String(looking.slice));
    slice.disabled = trace.slices.length === 0;
    $<HTMLButtonElement>("dot").disabled = trace.slices.length === 0;
    const runs = $<HTMLButtonElement>("runs");
    runs.hidden = !other;
    if (other) runs.textContent = `run ${looking.run === 0 ? "A" : "B"}: switch`;
    for (const view of VIEWS) $(`view-${view}`).setAttribute("aria-selected", String(view === looking.view));
    $("play").setAttribute("aria-pressed", String(this.playing !== undefined));
    const input = $<HTMLInputElement>("query");
    if (document.activeElement !== input) input.value = looking.query;
    const report = looking.view === "report";
    $("report").hidden = !report;
    $("frame").hidden = report;
    $("report").textContent = trace.view.report ?? sentences(trace, looking.violation);
  }

  private panels(): void {
    const { looking, trace } = this;
    const inner = (id: string): HTMLElement => $(id).querySelector("div")!;
    const go = (event: number): void => this.go(event, true);
    showWhy(inner("why"), trace, looking.violation, (violation) => {
      const v = trace.view.violations[violation]!;
      this.watched = v.key ?? -1;
      this.set({ violation, slice: v.slice.length > 0, axis: "step", event: Math.max(0, v.focus - 1) }, true);
    }, go);
    showEvent(inner("event"), trace, looking.event, this.cone, go);
    showState(inner("state"), trace, looking.event, this.watched, (key) => {
      this.watched = key;
      this.panels();
    }, go);
    showFaults(inner("faults"), trace, (from, to) => {
      const room = Math.max((to - from) * 0.05, 1);
      this.set({ slice: false, axis: "true", from: from - room, to: to + room, event: trace.eventAt(from) });
    });
    $("diff").hidden = !trace.view.diff;
    showDiff(inner("diff"), trace, this.traces[1 - looking.run], go, () => this.swap());
  }

  // To an event; the window follows if it is out of sight. `outside`: leave the slice if needed.
  go(event: number, outside = false): void {
    const { trace, looking } = this;
    if (event < 0 || event >= trace.n) return;
    const change: Partial<Looking> = { event };
    if (outside && looking.slice && !trace.slices[looking.violation]?.has(event)) change.slice = false;
    Object.assign(looking, change);
    if (change.slice === false && looking.axis === "step") {
      looking.axis = "true";
      [looking.from, looking.to] = this.windowAround(trace, looking);
    }
    const at = placeOf(trace, looking)(event);
    const span = looking.to - looking.from;
    if (at < looking.from + span * 0.02 || at > looking.to - span * 0.02) {
      looking.from = at - span / 2;
      looking.to = at + span / 2;
    }
    this.changed(change.slice === false);
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

  private step(direction: 1 | -1): void {
    const rank = countUpTo(this.shown, this.looking.event);
    const here = this.shown[rank - 1] === this.looking.event;
    const next = direction > 0 ? rank : rank - (here ? 2 : 1);
    if (next >= 0 && next < this.shown.length) this.go(this.shown[next]!);
  }

  private stepToChange(direction: 1 | -1): void {
    const { trace } = this;
    for (let i = this.looking.event + direction; i >= 0 && i < trace.n; i += direction)
      if (trace.changesState(i)) return this.go(i, true);
  }

  private zoom(factor: number, around?: number): void {
    const { looking } = this;
    const middle = around ?? placeOf(this.trace, looking)(looking.event);
    const inside = middle >= looking.from && middle <= looking.to ? middle : (looking.from + looking.to) / 2;
    const least = looking.axis === "step" || looking.axis === "logical" ? 2 : 10;
    if ((looking.to - looking.from) * factor < least) return;
    this.set({
      from: inside - (inside - looking.from) * factor,
      to: inside + (looking.to - inside) * factor,
    });
  }
  private pan(part: number): void {
    const by = (this.looking.to - this.looking.from) * part;
    this.set({ from: this.looking.from + by, to: this.looking.to + by });
  }

  private setAxis(axis: Axis): void {
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

  private toggleSlice(): void {
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
  private swap(): void {
    const other = this.traces[1 - this.looking.run];
    if (!other) return;
    const { looking, trace } = this;
    const lane = trace.c.lane[looking.event]!;
    const shared = (t: Trace): number[] => Array.from(t.byLane[lane] ?? []).filter((i) => !t.only.has(i));
    const rank = countUpTo(shared(trace), looking.event) - 1;
    const event = shared(other)[Math.max(0, rank)] ?? other.eventAt(trace.c.at[looking.event] ?? 0);
    const change: Partial<Looking> = { run: 1 - looking.run, event, violation: 0, slice: false };
    if (looking.slice || looking.axis === "step") change.axis = "true";
    const kept = looking.axis === "true" && !looking.slice;
    this.set(change, !kept);
  }

  private size(canvas: HTMLCanvasElement, least: number): Size {
    const ratio = devicePixelRatio || 1;
    const box = canvas.parentElement!.getBoundingClientRect();
    const width = Math.max(320, Math.floor(box.width));
    const height = least;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.height = `${height}px`;
    }
    canvas.getContext("2d")!.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { width, height };
  }

  private draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.drawNow());
  }

  private drawNow(): void {
    const started = performance.now();
    const { looking, trace } = this;
    const picture = $<HTMLCanvasElement>("picture");
    if (looking.view !== "report") {
      const room = Math.floor($("frame").clientHeight) - 2;
      const lanes = looking.view === "space" ? trace.lanes : 0;
      const least = looking.slice ? room : Math.max(room, 34 + lanes * 20);
      const size = this.size(picture, Math.max(140, least));
      const pen = picture.getContext("2d")!;
      picture.setAttribute("aria-label", this.paint(pen, size));
    }
    const overview = $<HTMLCanvasElement>("overview");
    const size = this.size(overview, 64);
    drawOverview(overview.getContext("2d")!, trace, looking, this.theme, size);
    const whole = wholeRun(trace, looking);
    const part = ((looking.from + looking.to) / 2 - whole.from) / (whole.to - whole.from);
    overview.setAttribute("aria-valuenow", String(Math.round(Math.min(1, Math.max(0, part)) * 100)));
    this.frames.push(performance.now() - started);
    if (this.frames.length > 200) this.frames.shift();
  }

  // Draws the present view; returns what it shows in words.
  private paint(pen: CanvasRenderingContext2D | SvgPen, size: Size): string {
    const { looking, trace, theme } = this;
    if (trace.n === 0) return "An empty record.";
    if (looking.view === "cluster") {
      const now = this.playing ?? trace.c.at[looking.event]!;
      return drawCluster(pen, trace, looking.event, now, theme, size);
    }
    if (looking.view === "history") {
      const [from, to] = this.historyWindow();
      const selected = this.historyOp ?? trace.ops.get(trace.c.op[looking.event]!);
      this.bars = drawHistory(pen, trace, selected, from, to, theme, size);
      return `History: ${this.bars.length} operations in the window.`;
    }
    const input = { trace, looking, theme, size, cone: this.cone?.side, matches: this.matches };
    const picture = new SpaceTime(pen, input);
    picture.draw();
    if (!(pen instanceof SvgPen)) this.spaceTime = picture;
    return picture.summary;
  }

  private historyWindow(): [number, number] {
    const { looking, trace } = this;
    if (looking.axis === "true" && !looking.slice) return [looking.from, looking.to];
    const v = trace.view.violations[looking.violation];
    if (looking.slice && v) {
      const room = Math.max((v.end - v.begin) * 0.05, 1e5);
      return [v.begin - room, v.end + room];
    }
    const at = trace.c.at[looking.event]!;
    return [at - 2e8, at + 2e8];
  }

  private togglePlay(): void {
    if (this.playing !== undefined) this.playing = undefined;
    else {
      this.playing = this.trace.c.at[this.looking.event] ?? 0;
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (still) this.playSteps();
      else this.playOn(performance.now());
    }
    this.controls();
  }
  // Without motion: one event every half second.
  private playSteps(): void {
    if (this.playing === undefined) return;
    this.step(1);
    this.playing = this.trace.c.at[this.looking.event]!;
    setTimeout(() => this.playSteps(), 500);
  }
  private playOn(before: number): void {
    requestAnimationFrame((now) => {
      if (this.playing === undefined) return;
      const speed = Number($<HTMLSelectElement>("speed").value);
      this.playing += (now - before) * 1e6 * speed;
      const event = this.trace.eventAt(this.playing);
      if (event !== this.looking.event) this.go(event);
      else this.draw();
      if (event >= this.trace.n - 1) this.playing = undefined;
      else this.playOn(now);
    });
  }

  private listen(): void {
    const click = (id: string, act: () => void): void => $(id).addEventListener("click", act);
    click("slice", () => this.toggleSlice());
    click("runs", () => this.swap());
    click("back", () => this.step(-1));
    click("forth", () => this.step(1));
    click("play", () => this.togglePlay());
    click("in", () => this.zoom(0.5));
    click("out", () => this.zoom(2));
    click("fit", () => this.set({}, true));
    click("help", () => $<HTMLDialogElement>("keys").showModal());
    click("svg", () => this.saveSvg());
    click("dot", () => save("slice.dot", "text/vnd.graphviz", sliceDot(this.trace, this.looking, this.theme)));
    click("text", () => {
      const { trace } = this;
      save("events.txt", "text/plain", sentences(trace, this.looking.violation) + eventList(trace, this.shown));
    });
    $("axis").addEventListener("change", () => this.setAxis($<HTMLSelectElement>("axis").value as Axis));
    $("cone").addEventListener("change", () =>
      this.set({ cone: $<HTMLSelectElement>("cone").value as Looking["cone"] }));
    $("filter").addEventListener("submit", (e) => e.preventDefault());
    $("query").addEventListener("input", () => this.set({ query: $<HTMLInputElement>("query").value.trim() }));
    document.addEventListener("keydown", (e) => this.key(e));
    addEventListener("resize", () => this.draw());
    addEventListener("hashchange", () => {
      this.looking = readHash(location.hash, this.traces, this.looking);
      this.changed(true);
    });
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"])
      matchMedia(query).addEventListener("change", () => {
        this.theme = readTheme();
        this.draw();
      });
    this.pointer();
  }

  private saveSvg(): void {
    const size = { width: 1200, height: Math.max(300, $("frame").clientHeight) };
    const pen = new SvgPen($<HTMLCanvasElement>("picture").getContext("2d")!);
    const summary = this.paint(pen, size);
    save("view.svg", "image/svg+xml", pen.document(size.width, size.height, summary));
  }

  private pointer(): void {
    const picture = $<HTMLCanvasElement>("picture");
    const valueAt = (x: number): number => {
      const width = picture.getBoundingClientRect().width - GUTTER - 8;
      return this.looking.from + ((x - GUTTER) / width) * (this.looking.to - this.looking.from);
    };
    picture.addEventListener("wheel", (e) => {
      if (this.looking.view === "cluster") return;
      e.preventDefault();
      if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) this.pan((e.deltaX + e.deltaY) / 1000);
      else this.zoom(Math.exp(e.deltaY / 400), valueAt(e.offsetX));
    }, { passive: false });
    let drag: { x: number; from: number; to: number; moved: boolean } | undefined;
    picture.addEventListener("pointerdown", (e) => {
      drag = { x: e.offsetX, from: this.looking.from, to: this.looking.to, moved: false };
      picture.setPointerCapture(e.pointerId);
    });
    picture.addEventListener("pointermove", (e) => {
      if (!drag) return;
      if (Math.abs(e.offsetX - drag.x) > 3) drag.moved = true;
      const width = picture.getBoundingClientRect().width - GUTTER - 8;
      const by = ((drag.x - e.offsetX) / width) * (drag.to - drag.from);
      if (drag.moved) this.set({ from: drag.from + by, to: drag.to + by });
    });
    picture.addEventListener("pointerup", (e) => {
      if (drag && !drag.moved) this.pick(e.offsetX, e.offsetY);
      drag = undefined;
    });
    this.overviewPointer();
  }

  private overviewPointer(): void {
    const overview = $<HTMLCanvasElement>("overview");
    const jump = (x: number): void => {
      const whole = wholeRun(this.trace, this.looking);
      const width = overview.getBoundingClientRect().width - GUTTER - 8;
      const at = whole.from + ((x - GUTTER) / width) * (whole.to - whole.from);
      const leave = this.looking.slice || whole.axis !== this.looking.axis;
      const span = leave ? (whole.to - whole.from) / 20 : this.looking.to - this.looking.from;
      this.set({ slice: false, axis: whole.axis, from: at - span / 2, to: at + span / 2 });
    };
    let down = false;
    overview.addEventListener("pointerdown", (e) => {
      down = true;
      overview.setPointerCapture(e.pointerId);
      jump(e.offsetX);
    });
    overview.addEventListener("pointermove", (e) => {
      if (down) jump(e.offsetX);
    });
    overview.addEventListener("pointerup", () => (down = false));
  }

  private pick(x: number, y: number): void {
    if (this.looking.view === "history") {
      const bar = [...this.bars].reverse().find((b) => x >= b.x && x <= b.x + b.width && y >= b.y && y <= b.y + b.height);
      this.historyOp = bar?.op;
      if (bar && bar.op.invoke >= 0) this.go(bar.op.complete >= 0 ? bar.op.complete : bar.op.invoke);
      else this.draw();
      return;
    }
    if (this.looking.view !== "space") return;
    let best = -1;
    let nearest = 14;
    for (const { x: dx, y: dy, event } of this.spaceTime?.drawn ?? []) {
      const distance = Math.hypot(dx - x, dy - y);
      if (distance < nearest) [nearest, best] = [distance, event];
    }
    if (best >= 0) this.go(best);
  }

  private key(e: KeyboardEvent): void {
    const target = e.target as HTMLElement;
    if (target.matches("input, select, textarea") || $<HTMLDialogElement>("keys").open) {
      if (e.key === "Escape") target.blur();
      return;
    }
    if (e.altKey || e.metaKey) return;
    const { trace, looking } = this;
    const acts: Record<string, () => void> = {
      ArrowRight: () => this.arrow(1, e), ArrowLeft: () => this.arrow(-1, e),
      v: () => this.stepToChange(1), V: () => this.stepToChange(-1),
      n: () => this.nextViolation(1), N: () => this.nextViolation(-1),
      f: () => this.go(nextMarked(trace, looking.event, 1, "fault"), true),
      F: () => this.go(nextMarked(trace, looking.event, -1, "fault"), true),
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2),
      "0": () => this.set({}, true), h: () => this.pan(-0.25), l: () => this.pan(0.25),
      s: () => this.toggleSlice(),
      a: () => this.setAxis(AXES[(AXES.indexOf(looking.axis) + 1) % AXES.length]!),
      i: () => this.set({ cone: looking.cone === "direct" ? "full" : looking.cone === "full" ? "off" : "direct" }),
      x: () => this.swap(), "/": () => $("query").focus(),
      "?": () => $<HTMLDialogElement>("keys").showModal(),
      "1": () => this.set({ view: "space" }), "2": () => this.set({ view: "cluster" }),
      "3": () => this.set({ view: "history" }), "4": () => this.set({ view: "report" }),
    };
    const act = e.key === " " && target.tagName !== "BUTTON" ? () => this.togglePlay() : acts[e.key];
    if (!act || (e.ctrlKey && !e.key.startsWith("Arrow"))) return;
    e.preventDefault();
    act();
  }

  private arrow(direction: 1 | -1, e: KeyboardEvent): void {
    const { trace, looking } = this;
    const { event } = looking;
    if (e.ctrlKey) return this.go(direction < 0 ? trace.c.cause[event]! : (trace.effects(event)[0] ?? -1), true);
    if (e.shiftKey) return this.go(direction < 0 ? trace.previous[event]! : trace.next[event]!, true);
    this.step(direction);
  }

  private nextViolation(direction: 1 | -1): void {
    const { violations } = this.trace.view;
    if (violations.length === 0) return;
    const to = (this.looking.violation + direction + violations.length) % violations.length;
    const v = violations[to]!;
    this.watched = v.key ?? -1;
    const slice = v.slice.length > 0;
    this.set({ violation: to, slice, axis: slice ? "step" : "true", event: Math.max(0, v.focus - 1) }, true);
  }

  // For tests and for measuring: how long frames take.
  measure(): { frames: number[]; looking: Looking; shown: number } {
    return { frames: this.frames, looking: this.looking, shown: this.shown.length };
  }
}

async function open(): Promise<void> {
  const started = performance.now();
  const places = [...document.querySelectorAll<HTMLScriptElement>("script.run")];
  const runs = await Promise.all(places.map((p) => readRun(bytesOfBase64(p.textContent!.trim()))));
  for (const place of places) place.textContent = "";
  const traces = runs.map((run) => new Trace(run, run.view.diff?.label ?? ""));
  const app = new App(traces);
  const ready = performance.now() - started;
  Object.assign(window, { quorumlab: { app, traces, ready } });
  document.documentElement.dataset["ready"] = "true";
}

open().catch((error: unknown) => {
  $("title").textContent = "This page cannot be shown";
  $("meta").textContent = error instanceof Error ? error.message : String(error);
  document.documentElement.dataset["ready"] = "failed";
});
