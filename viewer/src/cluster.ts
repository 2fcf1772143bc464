// The cluster at one moment: nodes on a ring, messages where they are, timers as arcs.
import { Size } from "./scene";
import { Theme } from "./theme";
import { Pen } from "./pen";
import { K } from "./kinds";
import { Trace } from "./trace";
import { messageText } from "./words";

const FONT = "px system-ui, sans-serif";

// `now` is true time; `event` the last event at or before it.
export function drawCluster(
  pen: Pen, trace: Trace, event: number, now: number, theme: Theme, size: Size,
): string {
  pen.setLineDash([]);
  pen.globalAlpha = 1;
  pen.fillStyle = theme.back;
  pen.fillRect(0, 0, size.width, size.height);
  const centre = { x: size.width / 2, y: size.height / 2 };
  const radius = Math.max(60, Math.min(size.width, size.height) / 2 - 56);
  const at = (lane: number): { x: number; y: number } => {
    const angle = (lane / trace.lanes) * 2 * Math.PI - Math.PI / 2;
    return { x: centre.x + radius * Math.cos(angle), y: centre.y + radius * Math.sin(angle) };
  };
  partitions(pen, trace, now, theme, at);
  const flying = trace.inFlight(event);
  for (const i of flying) message(pen, trace, i, now, theme, at, flying.length <= 24);
  const state = trace.published.at(event);
  for (let lane = 0; lane < trace.lanes; lane++) node(pen, trace, lane, event, now, state, theme, at(lane));
  return `Cluster at the cursor: ${flying.length} messages on their way.`;
}

type Point = { x: number; y: number };

function partitions(pen: Pen, trace: Trace, now: number, theme: Theme, at: (lane: number) => Point): void {
  for (const fault of trace.faults) {
    if (now < fault.begin || now >= fault.end) continue;
    const groups = fault.sides.length > 0 ? fault.sides : [fault.lanes];
    groups.forEach((lanes, side) => {
      for (const lane of lanes) {
        if (lane < 0) continue;
        const { x, y } = at(lane);
        pen.globalAlpha = 0.45;
        pen.fillStyle = theme.sides[side % theme.sides.length]!;
        pen.beginPath();
        pen.arc(x, y, 38, 0, 2 * Math.PI);
        pen.fill();
        pen.globalAlpha = 1;
        if (fault.sides.length === 0) continue;
        pen.fillStyle = theme.muted;
        pen.font = `bold 11${FONT}`;
        pen.fillText(String.fromCharCode(65 + side), x + 27, y - 25);
      }
    });
  }
}

function message(
  pen: Pen, trace: Trace, i: number, now: number, theme: Theme, at: (lane: number) => Point, words: boolean,
): void {
  const { c } = trace;
  const end = trace.fate[i]!;
  if (c.lane[i]! < 0 || c.peer[i]! < 0) return;
  const [a, b] = [at(c.lane[i]!), at(c.peer[i]!)];
  const arrives = end >= 0 ? c.at[end]! : c.at[i]! + 1e6;
  const part = Math.min(1, Math.max(0, (now - c.at[i]!) / Math.max(1, arrives - c.at[i]!)));
  const lost = end >= 0 && c.kind[end] === K.drop;
  // From the edge of one node to that of the other.
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const along = (34 + part * Math.max(0, length - 68)) / length;
  const x = a.x + (b.x - a.x) * along;
  const y = a.y + (b.y - a.y) * along;
  pen.strokeStyle = lost ? theme.lost : theme.lane;
  pen.lineWidth = 1;
  pen.setLineDash(lost ? [5, 4] : []);
  pen.beginPath();
  pen.moveTo(a.x, a.y);
  pen.lineTo(b.x, b.y);
  pen.stroke();
  pen.setLineDash([]);
  pen.fillStyle = lost ? theme.lost : trace.isClient(c.lane[i]!) || trace.isClient(c.peer[i]!) ? theme.client : theme.replica;
  pen.beginPath();
  pen.arc(x, y, 5, 0, 2 * Math.PI);
  if (c.reply[i]) {
    pen.lineWidth = 2;
    pen.strokeStyle = pen.fillStyle;
    pen.stroke();
  } else pen.fill();
  if (!words) return;
  pen.fillStyle = theme.text;
  pen.font = `10${FONT}`;
  pen.textAlign = "center";
  pen.fillText(messageText(trace, i).slice(0, 30), x, y - 10);
}

function node(
  pen: Pen, trace: Trace, lane: number, event: number, now: number, state: Int32Array, theme: Theme, at: Point,
): void {
  let role = "";
  let status = "up";
  trace.published.slots.forEach((slot, s) => {
    if (slot.lane !== lane) return;
    if (slot.field === "role") role = trace.published.text(s, state[s]!);
    if (slot.field === "status") status = trace.published.text(s, state[s]!);
  });
  pen.fillStyle = status !== "up" ? theme.down : role === "leader" ? theme.leader : theme.back;
  pen.strokeStyle = trace.isClient(lane) ? theme.client : theme.text;
  pen.lineWidth = 2;
  if (status !== "up") pen.setLineDash([4, 3]);
  pen.beginPath();
  if (trace.isClient(lane)) {
    pen.moveTo(at.x - 18, at.y - 14);
    pen.lineTo(at.x + 18, at.y - 14);
    pen.lineTo(at.x + 18, at.y + 14);
    pen.lineTo(at.x - 18, at.y + 14);
    pen.closePath();
  } else pen.arc(at.x, at.y, 22, 0, 2 * Math.PI);
  pen.fill();
  pen.stroke();
  pen.setLineDash([]);
  timer(pen, trace, lane, event, now, theme, at);
  pen.fillStyle = role === "leader" && status === "up" ? theme.back : theme.text;
  pen.font = `bold 11${FONT}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(trace.laneName(lane).slice(0, 8), at.x, at.y);
  pen.fillStyle = theme.muted;
  pen.font = `10${FONT}`;
  const below = [role, status === "up" ? "" : status].filter((w) => w !== "").join(", ");
  pen.fillText(below, at.x, at.y + 44);
}

// The time until the node's next timer fires, as a shrinking arc.
function timer(
  pen: Pen, trace: Trace, lane: number, event: number, now: number, theme: Theme, at: Point,
): void {
  if (trace.isClient(lane)) return;
  const { c } = trace;
  let last = trace.lastOn(lane, event);
  let next = last >= 0 ? trace.next[last]! : -1;
  for (let tries = 0; last >= 0 && c.kind[last] !== K.timer && tries < 4000; tries++) last = trace.previous[last]!;
  for (let tries = 0; next >= 0 && c.kind[next] !== K.timer && tries < 4000; tries++) next = trace.next[next]!;
  if (next < 0 || c.kind[next] !== K.timer) return;
  const since = last >= 0 && c.kind[last] === K.timer ? c.at[last]! : 0;
  const left = (c.at[next]! - now) / Math.max(1, c.at[next]! - since);
  if (left <= 0) return;
  pen.strokeStyle = theme.only;
  pen.lineWidth = 3;
  pen.beginPath();
  pen.arc(at.x, at.y, 28, -Math.PI / 2, -Math.PI / 2 + Math.min(left, 0.999) * 2 * Math.PI);
  pen.stroke();
}
