// What things are called, the same in every panel.
import { Axis, K, REASONS } from "./kinds";
import { Trace } from "./trace";

export function timeText(ns: number): string {
  const sign = ns < 0 ? "−" : "";
  const abs = Math.abs(ns);
  if (abs >= 1e9) return `${sign}${(abs / 1e9).toFixed(4)}s`;
  if (abs >= 1e6) return `${sign}${(abs / 1e6).toFixed(3)}ms`;
  if (abs >= 1e3) return `${sign}${(abs / 1e3).toFixed(1)}µs`;
  return `${sign}${abs.toFixed(0)}ns`;
}

export function axisText(axis: Axis, x: number): string {
  if (axis === "logical") return `L${Math.round(x)}`;
  if (axis === "step") return `#${Math.round(x) + 1}`;
  return timeText(x);
}

export const AXIS_NAMES: Record<Axis, string> = {
  true: "true time",
  local: "each node's own clock",
  logical: "logical time (Lamport): distances mean nothing",
  step: "event numbers: distances mean nothing",
};

export function opText(trace: Trace, id: number): string {
  return trace.ops.get(id)?.text ?? `op ${id}`;
}

function about(trace: Trace, i: number): string {
  const { c } = trace;
  const parts: string[] = [];
  if (c.op[i]! > 0) parts.push(`op ${c.op[i]}`);
  if (c.key[i]! >= 0) parts.push(trace.keyName(c.key[i]!));
  if (c.count[i]! > 0) {
    const first = c.index[i]!;
    parts.push(c.count[i] === 1 ? `entry ${first}` : `entries ${first}–${first + c.count[i]! - 1}`);
  }
  if (c.term[i]! > 0) parts.push(`term ${c.term[i]}`);
  return parts.length > 0 ? ` (${parts.join(", ")})` : "";
}

export function messageText(trace: Trace, send: number): string {
  const reply = trace.c.reply[send] === 1;
  const op = trace.ops.get(trace.c.op[send]!);
  const name = `${trace.name(send)}${reply ? " reply" : ""}`;
  if (!op) return `${name}${about(trace, send)}`;
  const words = op.text.slice(op.text.indexOf(" ") + 1); // without the verb
  if (op.raw.f !== "read") return reply ? name : `${name} ${words}`;
  return `${name} ${reply ? words : words.split(" ")[0]}`;
}

// A sentence about one event, without its time.
export function eventText(trace: Trace, i: number): string {
  const { c } = trace;
  const who = trace.laneName(c.lane[i]!);
  const peer = trace.laneName(c.peer[i]!);
  const what = `${trace.name(i)}${c.reply[i] ? " reply" : ""}${about(trace, i)}`;
  switch (c.kind[i]) {
    case K.send:
      return `${who} sent ${what} to ${peer}`;
    case K.receive:
      return `${who} received ${what} from ${peer}`;
    case K.drop:
      return `lost (${REASONS[c.reason[i]!]}): ${what}, ${who} → ${peer}`;
    case K.duplicate:
      return `the network doubled ${what}, ${who} → ${peer}`;
    case K.timer:
      return `timer of ${who}: ${trace.name(i)}`;
    case K.invoke:
      return `${who} asked: ${opText(trace, c.op[i]!)} (op ${c.op[i]})`;
    case K.ok:
      return `${who} heard ok: ${opText(trace, c.op[i]!)} (op ${c.op[i]})`;
    case K.fail:
      return `${who} heard failed: ${opText(trace, c.op[i]!)} (op ${c.op[i]})`;
    case K.unknown:
      return `${who} heard no answer: ${opText(trace, c.op[i]!)} (op ${c.op[i]})`;
    case K.crash:
      return `${who} crashed`;
    case K.restart:
      return `${who} restarted`;
    case K.pause:
      return `${who} was paused`;
    case K.resume:
      return `${who} goes on`;
    case K.sync:
      return `${who} synced its disk`;
    case K.clock_step:
      return `wall clock of ${who} stepped by ${timeText(c.value[i]!)}`;
    case K.clock_rate:
      return `clocks of ${who} run ${c.value[i]! / 1000} ppm fast`;
    case K.fault_begin:
      return `fault begins: ${trace.name(i)}`;
    case K.fault_end:
      return `fault ends: ${trace.name(i)}`;
    case K.state:
      return `${who}: ${trace.name(i)} = ${trace.stateText(trace.name(i), c.value[i]!)}`;
    default:
      return `${who} notes ${what}`;
  }
}
