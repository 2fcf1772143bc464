// What clients asked and heard: a bar an operation, open to the right without an answer.
import { GUTTER, Size, Theme } from "./draw";
import { Pen } from "./pen";
import { Op, Trace } from "./trace";
import { timeText } from "./words";

export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
  op: Op;
}

const FONT = "px system-ui, sans-serif";

// For a read: the write that it returned, and those acknowledged after that and before the read
// began, which it should have seen instead. By value, so it says nothing where values repeat.
export function explainRead(trace: Trace, read: Op): { from: Op | undefined; missed: Op[] } {
  if (read.raw.f !== "read" || read.outcome !== "ok") return { from: undefined, missed: [] };
  const writes = [...trace.ops.values()].filter(
    (op) => op.raw.f !== "read" && op.raw.key === read.raw.key && op.outcome !== "fail",
  );
  const from = writes.find((op) => JSON.stringify(op.raw.value) === JSON.stringify(read.raw.value));
  const end = from ? (from.raw.completed_at ?? Infinity) : -1;
  const missed = writes.filter(
    (op) => op.outcome === "ok" && op.raw.invoked_at > end &&
      (op.raw.completed_at ?? Infinity) < read.raw.invoked_at,
  );
  return { from, missed };
}

export function drawHistory(
  pen: Pen, trace: Trace, selected: Op | undefined, from: number, to: number, theme: Theme, size: Size,
): Bar[] {
  pen.setLineDash([]);
  pen.globalAlpha = 1;
  pen.fillStyle = theme.back;
  pen.fillRect(0, 0, size.width, size.height);
  const clients = [...new Set([...trace.ops.values()].map((op) => op.lane))].sort((a, b) => a - b);
  const row = Math.min(60, (size.height - 30) / Math.max(1, clients.length));
  const x = (at: number): number => GUTTER + ((at - from) / (to - from)) * (size.width - GUTTER - 8);
  const told = selected ? explainRead(trace, selected) : { from: undefined, missed: [] };
  const bars: Bar[] = [];
  pen.textBaseline = "middle";
  clients.forEach((lane, i) => {
    pen.fillStyle = theme.text;
    pen.font = `bold 12${FONT}`;
    pen.textAlign = "left";
    pen.fillText(trace.laneName(lane), 8, 24 + (i + 0.5) * row);
  });
  let crowded = 0;
  for (const op of trace.ops.values()) {
    const left = x(op.raw.invoked_at);
    const open = op.outcome === "unknown";
    const right = Math.min(x(op.raw.completed_at ?? Infinity), size.width + 4);
    if ((right < GUTTER && !open) || left > size.width) continue;
    if (++crowded > 20000) break;
    const y = 24 + (clients.indexOf(op.lane) + 0.2) * row;
    const bar = {
      x: Math.max(left, GUTTER), y, height: row * 0.6, op,
      width: Math.max(right < GUTTER ? 0 : 2, right - Math.max(left, GUTTER)),
    };
    bars.push(bar);
    const missed = told.missed.includes(op);
    pen.globalAlpha = selected && op !== selected && op !== told.from && !missed ? 0.45 : 1;
    pen.fillStyle = op.wrong ? theme.wrongFill : op.outcome === "ok" ? theme.opFill : theme.grid;
    pen.fillRect(bar.x, bar.y, bar.width, bar.height);
    pen.strokeStyle = op.wrong || missed ? theme.wrong : op === selected ? theme.focus : theme.client;
    pen.lineWidth = op === selected || op === told.from || missed || op.wrong ? 3 : 1;
    pen.setLineDash(open ? [5, 3] : op.outcome === "fail" ? [2, 2] : []);
    if (right >= GUTTER) pen.strokeRect(bar.x, bar.y, bar.width, bar.height);
    if (open) {
      // It may still happen at any time: a tail to the end, below what came later.
      pen.beginPath();
      pen.moveTo(Math.max(right, GUTTER), bar.y + bar.height + 4);
      pen.lineTo(size.width, bar.y + bar.height + 4);
      pen.stroke();
    }
    pen.setLineDash([]);
    const text = `${op.wrong ? "! " : ""}${op.text}`;
    pen.font = `11${FONT}`;
    if (pen.measureText(text).width < bar.width - 4) {
      pen.fillStyle = theme.text;
      pen.textAlign = "center";
      pen.fillText(text, bar.x + bar.width / 2, bar.y + bar.height / 2);
    }
  }
  pen.globalAlpha = 1;
  pen.fillStyle = theme.muted;
  pen.font = `11${FONT}`;
  pen.textAlign = "center";
  for (let i = 0; i <= 6; i++) {
    const at = from + ((to - from) * i) / 6;
    pen.fillText(timeText(at), Math.min(Math.max(x(at), GUTTER + 20), size.width - 40), 10);
  }
  return bars;
}
