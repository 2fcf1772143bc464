// The two canvases: the picture of the present view, and the strip of the whole run below it.
import { drawCluster } from "./cluster";
import { $ } from "./dom";
import { Bar, drawHistory } from "./history";
import { drawOverview, wholeRun } from "./overview";
import { SvgPen } from "./pen";
import { Drawn, Size } from "./scene";
import { drawSpaceTime } from "./space_time";
import { Looking } from "./state";
import { readTheme } from "./theme";
import { Op, Trace } from "./trace";
import { timeText } from "./words";

// What a picture is made of besides what is looked at.
export interface Shown {
  trace: Trace;
  looking: Looking;
  cone: Uint8Array | undefined;
  matches: Uint8Array | undefined;
  watched: number;
  playing: number | undefined; // true time of the animation
}

export class Stage {
  theme = readTheme();
  historyOp: Op | undefined; // pointed at, or chosen
  private bars: Bar[] = [];
  private drawn: Drawn[] = [];
  private frame = 0;
  readonly frames: number[] = []; // how long the last ones took to draw

  constructor(private shown: () => Shown) {}

  draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.drawNow());
  }

  private size(canvas: HTMLCanvasElement, height: number): Size {
    const ratio = devicePixelRatio || 1;
    const box = canvas.parentElement!.getBoundingClientRect();
    const width = Math.max(320, Math.floor(box.width));
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.height = `${height}px`;
    }
    canvas.getContext("2d")!.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { width, height };
  }

  private drawNow(): void {
    const started = performance.now();
    const shown = this.shown();
    const { looking, trace } = shown;
    const picture = $<HTMLCanvasElement>("picture");
    if (looking.view !== "report") {
      const room = Math.floor($("frame").clientHeight) - 2;
      const lanes = looking.view === "space" ? trace.lanes - looking.hidden.size : 0;
      const least = looking.slice ? room : Math.max(room, 34 + lanes * 20);
      const size = this.size(picture, Math.max(140, least));
      const pen = picture.getContext("2d")!;
      picture.setAttribute("aria-label", this.paint(shown, pen, size));
    }
    this.drawStrip(trace, looking);
    this.frames.push(performance.now() - started);
    if (this.frames.length > 200) this.frames.shift();
  }

  private drawStrip(trace: Trace, looking: Looking): void {
    const overview = $<HTMLCanvasElement>("overview");
    const size = this.size(overview, 64);
    drawOverview(overview.getContext("2d")!, trace, looking, this.theme, size);
    const whole = wholeRun(trace, looking);
    const part = ((looking.from + looking.to) / 2 - whole.from) / (whole.to - whole.from);
    overview.setAttribute("aria-valuenow", String(Math.round(Math.min(1, Math.max(0, part)) * 100)));
    overview.setAttribute("aria-valuetext", `around ${timeText(trace.c.at[looking.event] ?? 0)}`);
  }

  // Draws the present view; returns what it shows in words.
  private paint(shown: Shown, pen: CanvasRenderingContext2D | SvgPen, size: Size): string {
    const { looking, trace } = shown;
    const { theme } = this;
    if (trace.n === 0) return "An empty record.";
    if (looking.view === "cluster") {
      const now = shown.playing ?? trace.c.at[looking.event]!;
      return drawCluster(pen, trace, looking.event, now, theme, size);
    }
    if (looking.view === "history") {
      const [from, to] = historyWindow(trace, looking);
      const selected = this.historyOp ?? trace.ops.get(trace.c.op[looking.event]!);
      const prefix = trace.view.violations[looking.violation]?.prefix;
      this.bars = drawHistory(pen, { trace, selected, prefix, from, to, theme, size });
      return `History: ${this.bars.length} operations in the window.`;
    }
    const { cone, matches, watched } = shown;
    const picture = drawSpaceTime(pen, { trace, looking, theme, size, cone, matches, watched });
    if (!(pen instanceof SvgPen)) this.drawn = picture.drawn;
    return picture.summary;
  }

  svg(): string {
    const size = { width: 1200, height: Math.max(300, $("frame").clientHeight) };
    const pen = new SvgPen($<HTMLCanvasElement>("picture").getContext("2d")!);
    const summary = this.paint(this.shown(), pen, size);
    return pen.document(size.width, size.height, summary);
  }

  // The operation under the pointer.
  barAt(x: number, y: number): Op | undefined {
    const isIn = (b: Bar): boolean => x >= b.x && x <= b.x + b.width && y >= b.y && y <= b.y + b.height;
    return [...this.bars].reverse().find(isIn)?.op;
  }
  // The nearest event, -1: none is near.
  eventAt(x: number, y: number): number {
    let best = -1;
    let nearest = 14;
    for (const { x: dx, y: dy, event } of this.drawn) {
      const distance = Math.hypot(dx - x, dy - y);
      if (distance < nearest) [nearest, best] = [distance, event];
    }
    return best;
  }
}

function historyWindow(trace: Trace, looking: Looking): [number, number] {
  if (looking.axis === "true" && !looking.slice) return [looking.from, looking.to];
  const v = trace.view.violations[looking.violation];
  const ops = (v?.operations ?? []).flatMap(({ op }) => trace.ops.get(op)?.raw ?? []);
  if (looking.slice && v && ops.length > 0) {
    // The operations in evidence, and some of what was before and after them.
    const from = Math.min(...ops.map((op) => op.invoked_at));
    const to = Math.max(...ops.map((op) => op.completed_at ?? op.invoked_at));
    const room = Math.max((to - from) * 0.12, 1e5);
    return [from - room, to + room];
  }
  const at = trace.c.at[looking.event]!;
  return [at - 2e8, at + 2e8];
}
