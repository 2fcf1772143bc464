// Under the events: fault bands, the axis, what each lane was over time, how far its clock is off,
// the values of a watched key; and over them the cursor and the names of the lanes.
import { FONT, GUTTER, Scene, TOP } from "./scene";
import { sliceList } from "./state";
import { K } from "./kinds";
import { Fault, Trace } from "./trace";
import { axisText, timeText } from "./words";

export function drawUnder(scene: Scene): void {
  for (const each of scene.input.trace.faults) fault(scene, each);
  axis(scene);
  lines(scene);
  clocks(scene);
  watchedValues(scene);
}

export function drawOver(scene: Scene): void {
  cursor(scene);
  names(scene);
}

function fault(scene: Scene, fault: Fault): void {
  const { pen, input } = scene;
  const left = Math.max(GUTTER, scene.xOfTime(fault.begin));
  const right = Math.min(input.size.width, scene.xOfTime(fault.end));
  if (right <= GUTTER || left >= input.size.width || right < left) return;
  const tint = (lane: number, side: number): void => {
    if (!scene.shows(lane)) return;
    pen.globalAlpha = 0.35;
    pen.fillStyle = input.theme.sides[side % input.theme.sides.length]!;
    pen.fillRect(left, scene.y(lane) - scene.row * 0.46, Math.max(1, right - left), scene.row * 0.92);
    pen.globalAlpha = 1;
    if (right - left < 16) return;
    pen.fillStyle = input.theme.muted;
    pen.font = `bold 10${FONT}`;
    pen.textAlign = "left";
    pen.fillText(String.fromCharCode(65 + side), left + 3, scene.y(lane) - scene.row * 0.46 + 11);
  };
  fault.sides.forEach((lanes, side) => lanes.forEach((lane) => tint(lane, side)));
  if (fault.sides.length === 0) fault.lanes.forEach((lane) => hatch(scene, lane, left, right));
  pen.strokeStyle = input.theme.only;
  pen.lineWidth = 1;
  pen.setLineDash([6, 3]);
  for (const at of [left, right]) {
    if (at <= GUTTER || at >= input.size.width) continue;
    scene.line(at, TOP, at, input.size.height - 8);
  }
  pen.setLineDash([]);
}

function hatch(scene: Scene, lane: number, left: number, right: number): void {
  if (!scene.shows(lane)) return;
  const { pen } = scene;
  const [top, bottom] = [scene.y(lane) - scene.row * 0.42, scene.y(lane) + scene.row * 0.42];
  pen.strokeStyle = scene.input.theme.down;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let x = left; x < right; x += 7) {
    pen.moveTo(x, bottom);
    pen.lineTo(Math.min(x + 7, right), top);
  }
  pen.stroke();
}

function axis(scene: Scene): void {
  const { pen, input } = scene;
  const { looking, trace } = input;
  const span = looking.to - looking.from;
  const bySlice = looking.slice && looking.axis === "step";
  const wanted = Math.max(2, Math.floor((input.size.width - GUTTER) / 110));
  let step = 10 ** Math.floor(Math.log10(span / wanted));
  for (const factor of [2, 5, 10]) if (span / step > wanted) step *= factor / (factor === 5 ? 2 : factor === 10 ? 5 : 1);
  if (looking.axis === "step" || looking.axis === "logical") step = Math.max(1, Math.round(step));
  pen.font = `11${FONT}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const list = bySlice ? sliceList(trace, looking) : [];
  for (let v = Math.ceil(looking.from / step) * step; v <= looking.to; v += step) {
    const x = scene.x(v);
    if (x < GUTTER) continue;
    pen.strokeStyle = input.theme.grid;
    pen.lineWidth = 1;
    scene.line(x, TOP - 6, x, input.size.height - 8);
    pen.fillStyle = input.theme.muted;
    if (!bySlice) pen.fillText(axisText(looking.axis, v), x, 11);
    else if (list[v] !== undefined) pen.fillText(timeText(trace.c.at[list[v]!]!), x, 11);
  }
}

function lines(scene: Scene): void {
  const { pen, input } = scene;
  for (const lane of scene.lanes) {
    pen.strokeStyle = input.theme.lane;
    pen.lineWidth = 1;
    scene.line(GUTTER, scene.y(lane), input.size.width, scene.y(lane));
    strip(scene, lane);
  }
}

// What a lane was over time: leader solid, candidate dotted, down hatched, paused cross-hatched.
function strip(scene: Scene, lane: number): void {
  const { trace, looking } = scene.input;
  const events = trace.byLane[lane]!;
  let since = -Infinity;
  let role = "";
  let status = "up";
  const flush = (until: number): void => {
    const left = Math.max(GUTTER, scene.x(since));
    const right = Math.min(scene.input.size.width, scene.x(until));
    if (right > left) stripPart(scene, lane, left, right, role, status);
  };
  const relevant = stripEvents(trace, lane, events);
  for (const i of relevant) {
    const at = scene.place(i);
    flush(at);
    since = at;
    const kind = trace.c.kind[i]!;
    if (kind === K.state) role = trace.stateText("role", trace.c.value[i]!);
    else status = kind === K.crash ? "down" : kind === K.pause ? "paused" : "up";
    if (kind === K.crash) role = "";
  }
  flush(looking.to + 1);
}
function stripPart(scene: Scene, lane: number, left: number, right: number, role: string, status: string): void {
  const { pen, input } = scene;
  const y = scene.y(lane);
  if (role === "leader") {
    pen.fillStyle = input.theme.leader;
    pen.fillRect(left, y - 3.5, right - left, 7);
  } else if (role === "candidate") {
    pen.strokeStyle = input.theme.candidate;
    pen.lineWidth = 4;
    pen.setLineDash([3, 3]);
    scene.line(left, y, right, y);
    pen.setLineDash([]);
  }
  if (status === "up") return;
  pen.globalAlpha = 0.5;
  pen.fillStyle = input.theme.down;
  pen.fillRect(left, y - scene.row * 0.3, right - left, scene.row * 0.6);
  pen.globalAlpha = 1;
  hatch(scene, lane, left, right);
  if (right - left > 40) scene.label(status, [[(left + right) / 2, y]], input.theme.text, "bold 11");
}

// A ribbon along the top of each lane, where clocks were tampered with: above its line the clock is
// ahead, below it is behind, against the worst of all.
function clocks(scene: Scene): void {
  const { pen, input } = scene;
  const { trace, looking, theme } = input;
  if (looking.axis === "local" || scene.row < 34 || trace.clockChanges.length === 0) return;
  const worst = worstSkew(trace);
  const half = Math.min(7, scene.row * 0.12);
  const columns = Math.max(1, Math.floor((input.size.width - GUTTER) / 6));
  const list = looking.slice && looking.axis === "step" ? sliceList(trace, looking) : undefined;
  const span = looking.to - looking.from;
  const eventAt = (value: number): number => {
    if (list) return list[Math.max(0, Math.min(list.length - 1, Math.floor(value)))] ?? 0;
    if (looking.axis === "step") return Math.max(0, Math.min(trace.n - 1, Math.floor(value)));
    return trace.eventAt(value);
  };
  if (looking.axis === "logical") return;
  for (const lane of scene.lanes) {
    const middle = scene.y(lane) - scene.row * 0.44 + half;
    pen.fillStyle = theme.only;
    pen.globalAlpha = 0.75;
    for (let b = 0; b < columns; b++) {
      const i = eventAt(looking.from + (span * b) / columns);
      const height = (skewAt(trace, lane, i) / worst) * half;
      if (Math.abs(height) > 0.4)
        pen.fillRect(GUTTER + b * 6, height > 0 ? middle - height : middle, 6, Math.abs(height));
    }
    pen.globalAlpha = 1;
  }
}

const worstOf = new WeakMap<Trace, number>();
function worstSkew(trace: Trace): number {
  let worst = worstOf.get(trace);
  if (worst !== undefined) return worst;
  worst = 1;
  for (let i = 0; i < trace.n; i++) worst = Math.max(worst, Math.abs(trace.local[i]! - trace.c.at[i]!));
  worstOf.set(trace, worst);
  return worst;
}

// What each replica held of the watched key: a strip with the value where it fits.
function watchedValues(scene: Scene): void {
  const { pen, input } = scene;
  const { trace, theme, looking } = input;
  if (input.watched < 0 || scene.row < 34 || looking.slice) return; // in a slice its marks say so
  const height = 13;
  for (const [lane, changes] of trace.published.keyChanges(input.watched)) {
    if (!scene.shows(lane)) continue;
    const top = scene.y(lane) + scene.row * 0.48 - height;
    changes.forEach(({ event, value }, n) => {
      if (value === undefined) return;
      const next = changes[n + 1];
      const left = Math.max(GUTTER, scene.x(scene.place(event)));
      const end = next ? scene.x(scene.place(next.event)) : scene.x(looking.to);
      const right = Math.min(input.size.width, end);
      if (right - left < 1) return;
      pen.globalAlpha = 0.6;
      pen.fillStyle = n % 2 === 0 ? theme.grid : theme.opFill;
      pen.fillRect(left, top, right - left, height);
      pen.globalAlpha = 1;
      pen.font = `10${FONT}`;
      const text = `${trace.keyName(input.watched)}=${value}`;
      if (pen.measureText(text).width > right - left - 4) return;
      pen.fillStyle = theme.muted;
      pen.textAlign = "left";
      pen.textBaseline = "middle";
      pen.fillText(text, left + 3, top + height / 2);
    });
  }
}

function cursor(scene: Scene): void {
  const { pen, input } = scene;
  const { looking, trace, theme } = input;
  if (trace.n === 0) return;
  const x = scene.x(scene.place(looking.event));
  if (x < GUTTER || x > input.size.width) return;
  pen.strokeStyle = theme.focus;
  pen.lineWidth = 1;
  pen.setLineDash([1, 2]);
  scene.line(x, TOP - 4, x, input.size.height - 8);
  pen.setLineDash([]);
  const lane = trace.c.lane[looking.event]!;
  if (!scene.shows(lane)) return;
  pen.lineWidth = 3;
  pen.beginPath();
  pen.arc(x, scene.y(lane), 9, 0, 2 * Math.PI);
  pen.stroke();
}

function names(scene: Scene): void {
  const { pen, input } = scene;
  const { trace, theme, looking } = input;
  pen.fillStyle = theme.back;
  pen.globalAlpha = 0.92;
  pen.fillRect(0, 0, GUTTER - 2, input.size.height);
  pen.globalAlpha = 1;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  for (const lane of scene.lanes) {
    const y = scene.y(lane);
    pen.fillStyle = theme.text;
    pen.font = `bold 12${FONT}`;
    pen.fillText(trace.laneName(lane).slice(0, 13), 8, scene.row > 30 ? y - 7 : y);
    if (scene.row <= 30) continue;
    pen.fillStyle = theme.muted;
    pen.font = `10${FONT}`;
    const skew = skewAt(trace, lane, looking.event);
    const skewed = Math.abs(skew) >= 1000 ? ` ${skew > 0 ? "+" : ""}${timeText(skew)}` : "";
    pen.fillText(`${trace.isClient(lane) ? "client" : "replica"}${skewed}`, 8, y + 8);
    if (skewed) gauge(scene, skew, y + 16);
  }
  pen.fillStyle = theme.muted;
  pen.font = `10${FONT}`;
  const slice = looking.slice && looking.axis === "step" ? "slice: not to scale" : looking.axis;
  pen.fillText(looking.axis === "true" ? "true time" : slice, 8, 11);
}

// How far the lane's clock is off at the cursor, against the worst of all lanes.
function gauge(scene: Scene, skew: number, y: number): void {
  const { pen, input } = scene;
  let worst = 1;
  for (let l = 0; l < input.trace.lanes; l++)
    worst = Math.max(worst, Math.abs(skewAt(input.trace, l, input.looking.event)));
  pen.strokeStyle = input.theme.muted;
  pen.lineWidth = 1;
  pen.strokeRect(8, y, 80, 5);
  pen.fillStyle = input.theme.only;
  pen.fillRect(48, y, (skew / worst) * 40, 5);
}

// What a lane's clock shows less what it is, at the lane's last event up to `cursor`.
export function skewAt(trace: Trace, lane: number, cursor: number): number {
  const i = trace.lastOn(lane, cursor);
  return i < 0 ? (trace.header.lanes[lane]?.clock_offset ?? 0) : trace.local[i]! - trace.c.at[i]!;
}

const stripCache = new WeakMap<Trace, Int32Array[]>();
function stripEvents(trace: Trace, lane: number, events: Int32Array): Int32Array {
  let cache = stripCache.get(trace);
  if (!cache) stripCache.set(trace, (cache = []));
  const role = trace.header.names.indexOf("role");
  return (cache[lane] ??= events.filter((i) => {
    const kind = trace.c.kind[i]!;
    return kind === K.state ? trace.c.name[i] === role : kind >= K.crash && kind <= K.resume;
  }));
}
