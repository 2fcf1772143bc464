// The pointer on the two canvases: zoom, drag, choose; in the strip below, the window follows it.
import type { App } from "./app";
import { $ } from "./dom";
import { wholeRun } from "./overview";
import { GUTTER } from "./scene";

export function bindPointer(app: App): void {
  bindPicture(app);
  bindOverview(app);
}

function bindPicture(app: App): void {
  const picture = $<HTMLCanvasElement>("picture");
  const width = (): number => picture.getBoundingClientRect().width - GUTTER - 8;
  const valueAt = (x: number): number =>
    app.looking.from + ((x - GUTTER) / width()) * (app.looking.to - app.looking.from);
  picture.addEventListener("wheel", (e) => {
    if (app.looking.view === "cluster") return;
    e.preventDefault();
    if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) app.pan((e.deltaX + e.deltaY) / 1000);
    else app.zoom(Math.exp(e.deltaY / 400), valueAt(e.offsetX));
  }, { passive: false });
  let drag: { x: number; from: number; to: number; moved: boolean } | undefined;
  picture.addEventListener("pointerdown", (e) => {
    drag = { x: e.offsetX, from: app.looking.from, to: app.looking.to, moved: false };
    picture.setPointerCapture(e.pointerId);
  });
  picture.addEventListener("pointermove", (e) => {
    if (!drag) return hover(app, e);
    if (Math.abs(e.offsetX - drag.x) > 3) drag.moved = true;
    const by = ((drag.x - e.offsetX) / width()) * (drag.to - drag.from);
    if (drag.moved) app.set({ from: drag.from + by, to: drag.to + by });
  });
  picture.addEventListener("pointerup", (e) => {
    if (drag && !drag.moved) pick(app, e.offsetX, e.offsetY);
    drag = undefined;
  });
  picture.addEventListener("pointerleave", () => point(app, undefined));
}

// In the history the operation under the pointer shows its place; keys do the same by stepping.
function hover(app: App, e: PointerEvent): void {
  if (app.looking.view === "history") point(app, app.stage.barAt(e.offsetX, e.offsetY));
}
function point(app: App, op: typeof app.stage.historyOp): void {
  if (app.stage.historyOp === op) return;
  app.stage.historyOp = op;
  app.stage.draw();
}

function pick(app: App, x: number, y: number): void {
  if (app.looking.view === "history") {
    const op = app.stage.barAt(x, y);
    point(app, op);
    if (op && op.invoke >= 0) app.go(op.complete >= 0 ? op.complete : op.invoke);
  } else if (app.looking.view === "space") {
    app.go(app.stage.eventAt(x, y));
  }
}

function bindOverview(app: App): void {
  const overview = $<HTMLCanvasElement>("overview");
  const jump = (x: number): void => {
    const whole = wholeRun(app.trace, app.looking);
    const width = overview.getBoundingClientRect().width - GUTTER - 8;
    const at = whole.from + ((x - GUTTER) / width) * (whole.to - whole.from);
    const leave = app.looking.slice || whole.axis !== app.looking.axis;
    const span = leave ? (whole.to - whole.from) / 20 : app.looking.to - app.looking.from;
    app.set({ slice: false, axis: whole.axis, from: at - span / 2, to: at + span / 2 });
  };
  let down = false;
  overview.addEventListener("pointerdown", (e) => {
    down = true;
    overview.setPointerCapture(e.pointerId);
    jump(e.offsetX);
  });
  overview.addEventListener("pointermove", (e) => {
    if (down) jump(e.offsetX);
  });
  overview.addEventListener("pointerup", () => (down = false));
}
