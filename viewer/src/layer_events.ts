// The events themselves: operations as bars, messages as arrows, marks on the lanes. Every class has
// a dash, a weight or a glyph of its own beside its colour.
import { FONT, GUTTER, Scene } from "./scene";
import { K } from "./kinds";
import { Op } from "./trace";
import { messageText, timeText } from "./words";

const LABELS_MOST = 60;

export function drawEvents(scene: Scene, events: number[]): void {
  const { trace, looking } = scene.input;
  for (const op of operations(scene, events)) operation(scene, op);
  const messages = events.filter(
    (i) => trace.c.kind[i] === K.send || trace.c.kind[i] === K.duplicate,
  );
  const labels: (() => void)[] = []; // after all marks: their words have fewer places
  for (const i of messages) message(scene, i, labels);
  for (const i of events) mark(scene, i, events.length <= 400);
  if (looking.slice) evidence(scene);
  if (messages.length <= LABELS_MOST) for (const write of labels) write();
}

// Operations with an end among the events, or those that span the window.
function operations(scene: Scene, events: number[]): Op[] {
  const { trace, looking } = scene.input;
  if (looking.slice) {
    const v = trace.view.violations[looking.violation]!;
    return v.operations.flatMap(({ op }) => trace.ops.get(op) ?? []);
  }
  const ids = new Set<number>();
  for (const i of events) if (trace.c.op[i]! > 0) ids.add(trace.c.op[i]!);
  return [...ids].flatMap((id) => trace.ops.get(id) ?? []);
}

function operation(scene: Scene, op: Op): void {
  const { pen, input } = scene;
  if (op.invoke < 0 || !scene.shows(op.lane)) return;
  const open = op.complete < 0 || op.outcome === "unknown";
  const left = Math.max(GUTTER - 4, scene.x(scene.place(op.invoke)));
  const end = op.complete < 0 ? input.size.width : scene.x(scene.place(op.complete));
  const right = Math.min(input.size.width + 4, end);
  if (right < GUTTER || left > input.size.width) return;
  const height = Math.min(scene.row * 0.6, 30);
  const top = scene.y(op.lane) - height / 2;
  pen.globalAlpha = scene.look(op.invoke) === "faded" ? 0.35 : 1;
  pen.fillStyle = op.wrong ? input.theme.wrongFill : input.theme.opFill;
  pen.fillRect(left, top, Math.max(2, right - left), height);
  pen.strokeStyle = op.wrong ? input.theme.wrong : input.theme.client;
  pen.lineWidth = op.wrong ? 3 : op.witness ? 2 : 1;
  if (open) pen.setLineDash([5, 3]);
  pen.strokeRect(left, top, Math.max(2, right - left), height);
  pen.setLineDash([]);
  const text = `${op.wrong ? "! " : ""}${op.text}${op.outcome === "ok" ? "" : ` (${op.outcome})`}`;
  pen.font = `${op.wrong ? "bold " : ""}11${FONT}`;
  pen.textBaseline = "middle";
  const [from, to] = [Math.max(left, GUTTER), Math.min(right, input.size.width)];
  const fits = pen.measureText(text).width < to - from - 6;
  if (fits || (input.looking.slice && (op.wrong || op.witness))) {
    pen.fillStyle = op.wrong ? input.theme.wrong : input.theme.text;
    pen.textAlign = "center";
    if (fits) pen.fillText(text, (from + to) / 2, scene.y(op.lane));
    else scene.label(text, [[(from + to) / 2, top - 8]], op.wrong ? input.theme.wrong : input.theme.text, "11", true);
  }
  pen.globalAlpha = 1;
}

function message(scene: Scene, i: number, labels: (() => void)[]): void {
  const { pen, input } = scene;
  const { trace, theme } = input;
  const { c } = trace;
  const end = trace.fate[i]!;
  if (!scene.shows(c.lane[i]!) || !scene.shows(c.peer[i]!)) return;
  const lost = end >= 0 && c.kind[end] === K.drop;
  const ax = scene.x(scene.place(i));
  const ay = scene.y(c.lane[i]!);
  let bx = end < 0 ? ax + 40 : scene.x(scene.place(end));
  let by = scene.y(c.peer[i]!);
  if (lost || end < 0) {
    // Broken off half-way; at the receiver if it was down.
    const part = lost && c.reason[end] === 3 ? 0.92 : 0.55;
    bx = ax + (bx === ax ? 14 : bx - ax) * part;
    by = ay + (by - ay) * part;
  }
  const toClient = trace.isClient(c.lane[i]!) || trace.isClient(c.peer[i]!);
  const late = input.looking.axis === "local" && end >= 0 && !lost && trace.local[end]! < trace.local[i]!;
  const look = scene.look(i);
  pen.globalAlpha = look === "faded" ? 0.22 : 1;
  pen.strokeStyle = lost ? theme.lost : toClient ? theme.client : theme.replica;
  if (trace.only.has(i)) pen.strokeStyle = theme.only;
  pen.lineWidth = c.kind[i] === K.duplicate ? 0.8 : c.reply[i] ? 1 : 1.6;
  if (i === input.looking.event || end === input.looking.event) pen.lineWidth += 1.5;
  pen.setLineDash(look === "future" && !lost ? [1, 3] : lost ? [6, 4] : end < 0 ? [2, 3] : c.kind[i] === K.duplicate ? [8, 2] : []);
  scene.line(ax, ay, bx, by);
  pen.setLineDash([]);
  tip(scene, ax, ay, bx, by, lost, end < 0, c.reply[i] === 1);
  if (late) {
    pen.strokeStyle = theme.wrong;
    pen.strokeRect((ax + bx) / 2 - 3, (ay + by) / 2 - 3, 6, 6);
  }
  if (Math.hypot(bx - ax, by - ay) > 40) {
    const text = messageText(trace, i).slice(0, 34);
    const colour = lost ? theme.lost : theme.muted;
    const along = (part: number): [number, number] => [ax + (bx - ax) * part, ay + (by - ay) * part];
    const alpha = pen.globalAlpha;
    labels.push(() => {
      pen.globalAlpha = alpha;
      scene.label(text, [0.45, 0.6, 0.3, 0.75].map(along), colour, "10");
    });
  }
  pen.globalAlpha = 1;
}

// A full head for requests, an open one for answers, a cross for lost ones.
function tip(scene: Scene, ax: number, ay: number, bx: number, by: number, lost: boolean, open: boolean, reply: boolean): void {
  const { pen } = scene;
  if (open) return;
  const length = Math.hypot(bx - ax, by - ay) || 1;
  const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
  pen.beginPath();
  if (lost) {
    pen.lineWidth = 2;
    pen.moveTo(bx - 4, by - 4);
    pen.lineTo(bx + 4, by + 4);
    pen.moveTo(bx - 4, by + 4);
    pen.lineTo(bx + 4, by - 4);
    pen.stroke();
    return;
  }
  pen.moveTo(bx - 8 * ux - 3.5 * uy, by - 8 * uy + 3.5 * ux);
  pen.lineTo(bx, by);
  pen.lineTo(bx - 8 * ux + 3.5 * uy, by - 8 * uy - 3.5 * ux);
  if (reply) {
    pen.stroke();
  } else {
    pen.closePath();
    pen.fillStyle = pen.strokeStyle;
    pen.fill();
  }
}

function mark(scene: Scene, i: number, detailed: boolean): void {
  const { pen, input } = scene;
  const { trace, theme } = input;
  const { c } = trace;
  const lane = c.lane[i]!;
  if (lane < 0 || !scene.shows(lane)) return;
  const [x, y] = [scene.x(scene.place(i)), scene.y(lane)];
  if (x < GUTTER - 4 || x > input.size.width + 4) return;
  scene.drawn.push({ x, y, event: i });
  const look = scene.look(i);
  pen.globalAlpha = look === "faded" ? 0.3 : 1;
  pen.fillStyle = trace.only.has(i) ? theme.only : theme.text;
  const kind = c.kind[i]!;
  if (kind === K.state || (kind === K.note && detailed)) {
    pen.beginPath();
    pen.moveTo(x, y - 5);
    pen.lineTo(x + 4, y);
    pen.lineTo(x, y + 5);
    pen.lineTo(x - 4, y);
    pen.closePath();
    pen.fill();
  } else if (kind === K.crash || kind === K.restart || kind === K.clock_step) {
    pen.fillRect(x - 2, y - scene.row * 0.4, 4, scene.row * 0.8);
  } else if (kind === K.timer || kind === K.sync) {
    pen.strokeStyle = theme.muted;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.arc(x, y, 3, 0, 2 * Math.PI);
    pen.stroke();
  } else if (kind !== K.drop) {
    pen.beginPath();
    pen.arc(x, y, 2.4, 0, 2 * Math.PI);
    pen.fill();
  }
  if (look === "future") hollow(scene, x, y);
  if (scene.isNear(i)) ring(scene, x, y);
  if (detailed) say(scene, i, x, y);
  pen.globalAlpha = 1;
}

// What the selected event may have influenced: an open dot.
function hollow(scene: Scene, x: number, y: number): void {
  const { pen, input } = scene;
  pen.fillStyle = input.theme.back;
  pen.strokeStyle = input.theme.text;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.arc(x, y, 3, 0, 2 * Math.PI);
  pen.fill();
  pen.stroke();
}

// Its cause and its direct effects.
function ring(scene: Scene, x: number, y: number): void {
  const { pen, input } = scene;
  pen.strokeStyle = input.theme.focus;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.arc(x, y, 6, 0, 2 * Math.PI);
  pen.stroke();
}

// Changes that carry the story get words: roles, values, clock steps.
function say(scene: Scene, i: number, x: number, y: number): void {
  const { trace, theme, looking } = scene.input;
  const kind = trace.c.kind[i]!;
  const drop = Math.min(scene.row * 0.32, 20);
  const near: [number, number][] = [[x, y + drop], [x, y - drop], [x + 24, y + drop], [x - 24, y + drop]];
  if (kind === K.state && trace.name(i) === "role")
    scene.label(trace.stateText("role", trace.c.value[i]!), near, theme.leader, "bold 10");
  if (kind === K.clock_step) scene.label(timeText(trace.c.value[i]!), near, theme.text, "10");
  if (!looking.slice || kind !== K.note) return;
  if (trace.name(i) === "discard") scene.label("✕ discards", near, theme.lost, "bold 10");
  if (trace.c.key[i]! < 0) return;
  const text = `${trace.keyName(trace.c.key[i]!)}=${trace.c.value[i]}`;
  if (trace.name(i) === "append") scene.label(text, near, theme.replica, "bold 10");
  if (trace.name(i) === "discard_entry") scene.label(`✕ ${text}`, near, theme.lost, "bold 10");
}

// From the end of what should have been seen to the beginning of what did not see it.
function evidence(scene: Scene): void {
  const { trace, looking, theme } = scene.input;
  const v = trace.view.violations[looking.violation]!;
  const ops = v.operations.flatMap(({ op, witness }) => (witness ? (trace.ops.get(op) ?? []) : []));
  const wrong = ops.find((op) => op.wrong);
  if (!wrong) return;
  const before = ops.filter((op) => op !== wrong && op.complete >= 0 && op.complete < wrong.invoke);
  const last = before.sort((a, b) => b.complete - a.complete)[0];
  if (!last || !scene.shows(last.lane) || !scene.shows(wrong.lane)) return;
  const { pen } = scene;
  pen.strokeStyle = theme.wrong;
  pen.lineWidth = 2;
  pen.setLineDash([2, 4]);
  scene.line(scene.x(scene.place(last.complete)), scene.y(last.lane), scene.x(scene.place(wrong.invoke)), scene.y(wrong.lane));
  pen.setLineDash([]);
}
