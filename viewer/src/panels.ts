// The column beside the diagram: why, the selected event, the state of every node, faults, diff.
import { prefixText } from "./prefix";
import { Trace } from "./trace";
import { eventText, timeText } from "./words";

export type Go = (event: number) => void;

function element<T extends keyof HTMLElementTagNameMap>(
  tag: T, className = "", text = "",
): HTMLElementTagNameMap[T] {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  if (text !== "") made.textContent = text;
  return made;
}

function noun(text: string, event: number, go: Go): HTMLElement {
  const button = element("button", "noun", text);
  button.dataset["event"] = String(event);
  button.addEventListener("click", () => go(event));
  return button;
}

export function showWhy(
  root: HTMLElement, trace: Trace, chosen: number, choose: (violation: number) => void, go: Go,
): void {
  const violations = trace.view.violations;
  const out: HTMLElement[] = [];
  if (violations.length === 0) out.push(element("p", "", "Nothing that was checked is violated in this run."));
  if (violations.length > 1) {
    const select = element("select");
    select.setAttribute("aria-label", "Which violation");
    violations.forEach((v, i) => {
      const option = element("option", "", `${i + 1} of ${violations.length}: ${v.property}`);
      option.value = String(i);
      select.append(option);
    });
    select.value = String(chosen);
    select.addEventListener("change", () => choose(Number(select.value)));
    out.push(select);
  }
  let last = "";
  for (const sentence of violations[chosen]?.sentences ?? []) {
    const p = element("p", sentence.clause === "claim" ? "claim" : "");
    if (sentence.clause !== last && sentence.clause !== "claim") p.append(element("span", "clause", sentence.clause));
    last = sentence.clause;
    for (const [text, event] of sentence.pieces)
      p.append(event === undefined ? text : noun(text, event - 1, go));
    out.push(p);
  }
  const slice = trace.slices[chosen];
  if (slice) out.push(element("p", "clause", `${slice.size} of ${trace.n} events explain it; ${trace.n - slice.size} are hidden in the slice.`));
  const order = prefixText(trace, chosen);
  if (order) out.push(element("p", "clause", order));
  if (trace.view.inevitability) out.push(inevitabilityText(trace));
  if (trace.view.command) {
    const p = element("p", "clause", "again: ");
    p.append(element("code", "", trace.view.command));
    out.push(p);
  }
  root.replaceChildren(...out);
}

function inevitabilityText(trace: Trace): HTMLElement {
  const curve = trace.view.inevitability!;
  const critical = curve.critical === undefined ? "it never becomes certain" : `it is decided at ${timeText(curve.critical)}`;
  return element("p", "clause", `Red curve below: how often ${curve.property} is violated when chance is drawn anew from there on; ${critical}.`);
}

export function showEvent(root: HTMLElement, trace: Trace, i: number, cone: { past: number; future: number } | undefined, go: Go): void {
  if (trace.n === 0) {
    root.replaceChildren(element("p", "", "The record has no events."));
    return;
  }
  const out: HTMLElement[] = [];
  out.push(element("p", "", `#${i + 1} ${eventText(trace, i)}`));
  const { c } = trace;
  const lane = c.lane[i]!;
  const local = lane >= 0 ? `; clock of ${trace.laneName(lane)}: ${timeText(trace.local[i]!)}` : "";
  out.push(element("p", "clause", `true time ${timeText(c.at[i]!)}${local}; logical ${trace.logical[i]}`));
  const links = element("ul", "links");
  const link = (label: string, event: number): void => {
    if (event < 0) return;
    const item = element("li");
    item.append(`${label}: `, noun(`#${event + 1} ${eventText(trace, event)}`, event, go));
    links.append(item);
  };
  link("cause", c.cause[i]!);
  const effects = trace.effects(i);
  for (let e = 0; e < Math.min(effects.length, 8); e++) link("effect", effects[e]!);
  if (effects.length > 8) links.append(element("li", "clause", `and ${effects.length - 8} more effects`));
  link(lane < 0 ? "before" : `before on ${trace.laneName(lane)}`, trace.previous[i]!);
  link(lane < 0 ? "after" : `after on ${trace.laneName(lane)}`, trace.next[i]!);
  out.push(links);
  if (cone) {
    const rest = trace.n - cone.past - cone.future - 1;
    out.push(element("p", "clause", `${cone.past} events may have influenced it, it may have influenced ${cone.future}; ${rest} are concurrent.`));
  }
  root.replaceChildren(...out);
}

export function showState(
  root: HTMLElement, trace: Trace, cursor: number, key: number, watch: (key: number) => void, go: Go,
): void {
  const fields = [...new Set(trace.published.slots.map((s) => s.field))];
  const moving = fields.filter((field) => trace.published.everChanges(field));
  const still = fields.filter((field) => !moving.includes(field));
  const out: HTMLElement[] = [stateTable(trace, cursor, moving, key, go)];
  if (still.length > 0) {
    const more = element("details");
    more.append(element("summary", "", `never changes: ${still.join(", ")}`));
    more.append(stateTable(trace, cursor, still, -1, go));
    more.open = root.querySelector("details")?.open ?? false;
    out.push(more);
  }
  const watcher = element("label", "clause", "watch key ");
  const input = element("input");
  input.setAttribute("list", "watch-keys");
  input.value = key >= 0 ? trace.keyName(key) : "";
  input.size = 8;
  input.addEventListener("change", () => {
    const named = trace.header.keys.indexOf(input.value);
    const numbered = /^k(\d+)$/.exec(input.value);
    watch(named >= 0 ? named : numbered ? Number(numbered[1]) : -1);
  });
  watcher.append(input, " its values are the strips below the lanes");
  const pending = element("ul", "links");
  for (const i of trace.inFlight(cursor, 12)) {
    const item = element("li");
    item.append("on its way: ", noun(`#${i + 1} ${eventText(trace, i)}`, i, go));
    pending.append(item);
  }
  root.replaceChildren(...out, watcher, pending);
}

function stateTable(trace: Trace, cursor: number, fields: string[], key: number, go: Go): HTMLElement {
  const { published } = trace;
  const state = published.at(cursor);
  const table = element("table");
  const head = element("tr");
  for (const title of ["node", ...fields]) head.append(element("th", "", title));
  if (key >= 0) head.append(element("th", "", trace.keyName(key)));
  table.append(head);
  for (let lane = 0; lane < trace.lanes; lane++) {
    if (trace.isClient(lane)) continue;
    const row = element("tr");
    row.append(element("td", "", trace.laneName(lane)));
    for (const field of fields) {
      const slot = published.slots.findIndex((s) => s.lane === lane && s.field === field);
      const cell = element("td", slot >= 0 && state[slot] === cursor ? "changed" : "");
      cell.textContent = slot < 0 ? "" : published.text(slot, state[slot]!);
      row.append(cell);
    }
    if (key >= 0) {
      const held = published.valueAt(key, lane, cursor);
      const cell = element("td", held?.event === cursor ? "changed" : "");
      if (held && held.value !== undefined) cell.append(noun(String(held.value), held.event, go));
      row.append(cell);
    }
    table.append(row);
  }
  return table;
}

// Which lanes are drawn.
export function showLanes(
  root: HTMLElement, trace: Trace, hidden: ReadonlySet<number>, toggle: (lane: number) => void,
): void {
  const out: HTMLElement[] = [];
  for (let lane = 0; lane < trace.lanes; lane++) {
    const label = element("label", "lane");
    const box = element("input");
    box.type = "checkbox";
    box.checked = !hidden.has(lane);
    box.addEventListener("change", () => toggle(lane));
    label.append(box, ` ${trace.laneName(lane)}`);
    out.push(label);
  }
  root.replaceChildren(...out);
}

export function showFaults(root: HTMLElement, trace: Trace, zoom: (from: number, to: number) => void): void {
  const out: HTMLElement[] = [];
  if (trace.faults.length === 0) out.push(element("p", "", "None."));
  const list = element("ul", "links");
  for (const fault of trace.faults) {
    const item = element("li");
    const text = `${fault.info.text || fault.info.name}, ${timeText(fault.begin)} to ${timeText(fault.end)}`;
    const button = element("button", "noun", text);
    button.addEventListener("click", () => zoom(fault.begin, fault.end));
    item.append(button);
    list.append(item);
  }
  out.push(list);
  root.replaceChildren(...out);
}

export function showDiff(root: HTMLElement, trace: Trace, other: Trace | undefined, go: Go, swap: () => void): void {
  const diff = trace.view.diff;
  if (!diff) return;
  const out: HTMLElement[] = [];
  const here = element("p", "", `This is run ${diff.is_b ? "B" : "A"}: ${diff.label}. Only what the other run does not have is in full colour.`);
  out.push(here);
  if (diff.first === undefined) out.push(element("p", "", "The two runs are the same."));
  else if (diff.first > 0) {
    const p = element("p", "", "They part at ");
    p.append(noun(`#${diff.first} ${eventText(trace, diff.first - 1)}`, diff.first - 1, go));
    out.push(p);
  }
  if (other) {
    const button = element("button", "", `look at run ${diff.is_b ? "A" : "B"}: ${other.label} (x)`);
    button.addEventListener("click", swap);
    out.push(button);
  }
  const table = element("table");
  const head = element("tr");
  for (const title of ["lane", "in both", "only in A", "only in B"]) head.append(element("th", "", title));
  table.append(head);
  for (const lane of diff.lanes) {
    const row = element("tr");
    for (const text of [lane.lane || "the world", lane.shared, lane.only_a, lane.only_b]) row.append(element("td", "", String(text)));
    table.append(row);
  }
  out.push(table);
  root.replaceChildren(...out);
}
