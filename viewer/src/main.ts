// Starts the viewer: reads the runs in the page and opens on the violation.
import { App } from "./app";
import { bytesOfBase64, readRun } from "./columns";
import { $ } from "./dom";
import { Trace } from "./trace";

async function open(): Promise<void> {
  const started = performance.now();
  const places = [...document.querySelectorAll<HTMLScriptElement>("script.run")];
  const runs = await Promise.all(places.map((p) => readRun(bytesOfBase64(p.textContent!.trim()))));
  for (const place of places) place.textContent = "";
  const traces = runs.map((run) => new Trace(run, run.view.diff?.label ?? ""));
  const app = new App(traces);
  const ready = performance.now() - started;
  Object.assign(window, { quorumlab: { app, traces, ready } });
  document.documentElement.dataset["ready"] = "true";
}

open().catch((error: unknown) => {
  $("title").textContent = "This page cannot be shown";
  $("meta").textContent = error instanceof Error ? error.message : String(error);
  document.documentElement.dataset["ready"] = "failed";
});
