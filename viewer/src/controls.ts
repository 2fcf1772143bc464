// The bar above the picture and the panels beside it, filled from what is looked at.
import type { App } from "./app";
import { $, inside } from "./dom";
import { sentences } from "./export";
import { showKeys } from "./keys";
import { AXES } from "./kinds";
import { showDiff, showEvent, showFaults, showLanes, showState, showWhy } from "./panels";
import { ViewName, VIEWS } from "./state";
import { AXIS_NAMES } from "./words";

const SPEEDS = [0.0001, 0.001, 0.01, 0.1, 1];
const VIEW_NAMES: Record<ViewName, string> = {
  space: "space-time", cluster: "cluster", history: "history", report: "report",
};

export function fillControls(app: App): void {
  $("title").textContent = document.title || app.trace.header.scenario;
  for (const axis of AXES) $<HTMLSelectElement>("axis").append(new Option(AXIS_NAMES[axis], axis));
  for (const speed of SPEEDS) {
    const label = speed === 1 ? "real time" : `1/${Math.round(1 / speed)}`;
    $<HTMLSelectElement>("speed").append(new Option(label, String(speed), false, speed === 0.001));
  }
  for (const view of VIEWS) {
    const tab = document.createElement("button");
    tab.setAttribute("role", "tab");
    tab.id = `view-${view}`;
    tab.textContent = VIEW_NAMES[view];
    tab.addEventListener("click", () => app.set({ view }));
    $("views").append(tab);
  }
  showKeys(inside("keys"));
}

export function updateControls(app: App): void {
  const { looking, trace } = app;
  const h = trace.header;
  const run = looking.run === 0 ? "A" : "B";
  $("meta").textContent =
    `${h.scenario}; seed ${h.seed}; fingerprint ${h.fingerprint}; ${trace.n} events, ${h.lanes.length} lanes` +
    (trace.view.diff ? `; run ${run}: ${trace.label}` : "");
  $<HTMLSelectElement>("axis").value = looking.axis;
  $<HTMLSelectElement>("cone").value = looking.cone;
  const slice = $<HTMLButtonElement>("slice");
  slice.setAttribute("aria-pressed", String(looking.slice));
  slice.disabled = trace.slices.length === 0;
  $<HTMLButtonElement>("dot").disabled = trace.slices.length === 0;
  const runs = $<HTMLButtonElement>("runs");
  runs.hidden = !app.other;
  if (app.other) runs.textContent = `run ${run}: switch`;
  for (const view of VIEWS) $(`view-${view}`).setAttribute("aria-selected", String(view === looking.view));
  $("play").setAttribute("aria-pressed", String(app.player.time !== undefined));
  const input = $<HTMLInputElement>("query");
  if (document.activeElement !== input) input.value = looking.query;
  const report = looking.view === "report";
  $("report").hidden = !report;
  $("frame").hidden = report;
  $("report").textContent = trace.view.report ?? sentences(trace, looking.violation);
}

export function updatePanels(app: App): void {
  const { looking, trace } = app;
  const go = (event: number): void => app.go(event, true);
  showWhy(inside("why"), trace, looking.violation, (violation) => app.choose(violation), go);
  showEvent(inside("event"), trace, looking.event, app.cone, go);
  const watch = (key: number): void => app.watch(key);
  showState(inside("state"), trace, looking.event, app.watched, watch, go);
  showFaults(inside("faults"), trace, (from, to) => app.showTime(from, to));
  showLanes(inside("lanes"), trace, looking.hidden, (lane) => app.toggleLane(lane));
  $("diff").hidden = !trace.view.diff;
  showDiff(inside("diff"), trace, app.other, go, () => app.swap());
}
