// The keyboard: every action has a key, and `?` lists them.
import type { App } from "./app";
import { $ } from "./dom";

const KEYS: [string, string][] = [
  ["← →", "the event before, the next one (of the slice or filter, if on)"],
  ["Shift ← →", "on the same lane"],
  ["Ctrl ← / Ctrl →", "to its cause; to its first effect"],
  ["v / V", "next, previous change of a node's state"],
  ["n / N", "next, previous violation"],
  ["f / F", "next, previous fault, crash or clock step"],
  ["+ − 0", "zoom in, out, fit"],
  ["h l", "move the window left, right; on the strip below also ← →"],
  ["s", "only what explains the violation, or everything"],
  ["a", "next axis: true, node-local, logical, step"],
  ["i", "influence of the selected event: direct, past and future, off"],
  ["1 2 3 4", "space-time, cluster, history, report"],
  ["space", "play, stop"],
  ["/", "filter"],
  ["x", "the other run"],
  ["?", "this list"],
];

export function showKeys(root: HTMLElement): void {
  const table = document.createElement("table");
  for (const [keys, meaning] of KEYS) {
    const row = table.insertRow();
    const key = document.createElement("kbd");
    key.textContent = keys;
    row.insertCell().append(key);
    row.insertCell().textContent = meaning;
  }
  root.replaceChildren(table);
}

function arrow(app: App, direction: 1 | -1, e: KeyboardEvent): void {
  if (e.ctrlKey) app.stepToCause(direction);
  else if (e.shiftKey) app.stepOnLane(direction);
  else if (e.target === $("overview")) app.pan(direction * 0.25);
  else app.step(direction);
}

function actions(app: App, e: KeyboardEvent): Record<string, () => void> {
  const { cone } = app.looking;
  return {
    ArrowRight: () => arrow(app, 1, e), ArrowLeft: () => arrow(app, -1, e),
    v: () => app.stepToChange(1), V: () => app.stepToChange(-1),
    n: () => app.nextViolation(1), N: () => app.nextViolation(-1),
    f: () => app.stepToFault(1), F: () => app.stepToFault(-1),
    "+": () => app.zoom(0.5), "=": () => app.zoom(0.5), "-": () => app.zoom(2),
    "0": () => app.fit(), h: () => app.pan(-0.25), l: () => app.pan(0.25),
    s: () => app.toggleSlice(),
    a: () => app.nextAxis(),
    i: () => app.set({ cone: cone === "direct" ? "full" : cone === "full" ? "off" : "direct" }),
    x: () => app.swap(), "/": () => $("query").focus(),
    "?": () => $<HTMLDialogElement>("keys").showModal(),
    "1": () => app.set({ view: "space" }), "2": () => app.set({ view: "cluster" }),
    "3": () => app.set({ view: "history" }), "4": () => app.set({ view: "report" }),
  };
}

export function bindKeys(app: App): void {
  document.addEventListener("keydown", (e) => {
    const target = e.target as HTMLElement;
    const types = target.matches("input:not([type=checkbox]), select, textarea");
    if (types || $<HTMLDialogElement>("keys").open) {
      if (e.key === "Escape") target.blur();
      return;
    }
    if (e.altKey || e.metaKey) return;
    const plays = e.key === " " && !target.matches("button, summary, input");
    const act = plays ? () => app.player.toggle() : actions(app, e)[e.key];
    if (!act || (e.ctrlKey && !e.key.startsWith("Arrow"))) return;
    e.preventDefault();
    act();
  });
}
