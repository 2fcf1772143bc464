// What is on the screen, for slides, issues and readers without a screen.
import { Theme } from "./theme";
import { Looking, sliceList } from "./state";
import { K } from "./kinds";
import { Trace } from "./trace";
import { eventText, messageText, timeText } from "./words";

export function save(name: string, type: string, content: string): void {
  const link = document.createElement("a");
  const url = URL.createObjectURL(new Blob([content], { type }));
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export function eventList(trace: Trace, events: ArrayLike<number>): string {
  const lines = [`${trace.header.scenario}, seed ${trace.header.seed}, ${trace.header.fingerprint}`];
  const most = 100_000;
  for (let r = 0; r < Math.min(events.length, most); r++) {
    const i = events[r]!;
    const cause = trace.c.cause[i]! >= 0 ? `  because of #${trace.c.cause[i]! + 1}` : "";
    lines.push(`#${i + 1}  ${timeText(trace.c.at[i]!)}  ${eventText(trace, i)}${cause}`);
  }
  if (events.length > most) lines.push(`... ${events.length - most} more`);
  return lines.join("\n") + "\n";
}

export function sentences(trace: Trace, violation: number): string {
  const v = trace.view.violations[violation];
  if (!v) return "";
  return v.sentences.map((s) => `${s.clause}: ${s.pieces.map((p) => p[0]).join("")}`).join("\n") + "\n";
}

const quote = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;

// Pinned places, so that plain `dot -Tsvg` draws the same picture.
export function sliceDot(trace: Trace, looking: Looking, theme: Theme): string {
  const list = sliceList(trace, looking);
  const lanes = trace.view.violations[looking.violation]?.lanes ?? [];
  const lines = ["digraph slice {", "  layout=nop2; splines=line; outputorder=edgesfirst;"];
  lines.push("  node [shape=point, width=0.08]; edge [fontsize=9];");
  const place = (lane: number, row: number): string => `pos="${lanes.indexOf(lane) * 160},${-row * 28}"`;
  lanes.forEach((lane) => {
    lines.push(`  lane${lane} [shape=plaintext, label=${quote(trace.laneName(lane))}, ${place(lane, -1)}];`);
  });
  list.forEach((i, row) => {
    const lane = trace.c.lane[i]!;
    if (lanes.includes(lane))
      lines.push(`  e${i + 1} [${place(lane, row)}, tooltip=${quote(eventText(trace, i))}];`);
  });
  for (const i of list) {
    const end = trace.fate[i]!;
    if (end < 0 || !list.includes(end) || !lanes.includes(trace.c.lane[i]!)) continue;
    const lost = trace.c.kind[end] === K.drop;
    if (!lost && !lanes.includes(trace.c.lane[end]!)) continue;
    const look = lost ? `style=dashed, arrowhead=tee, color=${quote(theme.lost)}` : `color=${quote(theme.replica)}`;
    lines.push(`  e${i + 1} -> e${end + 1} [label=${quote(messageText(trace, i))}, ${look}];`);
  }
  lines.push("}");
  return lines.join("\n") + "\n";
}
