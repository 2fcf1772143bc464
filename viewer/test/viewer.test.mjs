// What a reader does with the viewer, in a real browser. Figures are printed, never asserted.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { folder, launch, open, pageOfRun, quorumlab } from "./pages.mjs";

let browser;
let paused;
let view;

before(async () => {
  browser = await launch();
  paused = pageOfRun("paused", "processes/paused_leader.toml");
  view = await open(browser, paused);
  mkdirSync(folder, { recursive: true });
});
after(async () => {
  await browser?.close();
});

const press = async (...keys) => {
  for (const key of keys) await view.page.keyboard.press(key);
  return view.look();
};
// From the start, without what earlier tests did.
const fresh = async (hash = "") => {
  await view.again(hash);
  return view.look();
};

test("opens on the violation, with sentence, slice and cursor", async () => {
  const look = await fresh();
  assert.equal(look.slice, true);
  const claim = await view.page.textContent("#why .claim");
  assert.match(claim, /^Not linearizable: key k\d+\.$/);
  assert.match(await view.page.textContent("#event"), /heard ok: read/);
  assert.match(await view.page.textContent("#count"), /^\d+ of \d+ events explain it$/);
  assert.match(await view.page.getAttribute("#picture", "aria-label"), /^Space-time diagram: \d+ lanes/);
  const rows = await view.page.locator("#table .row").count();
  assert.ok(rows > 3, `${rows} rows`);
});

test("steps back and forth to the same place", async () => {
  const start = await fresh();
  const before = (await press("ArrowLeft")).event;
  assert.ok(before < start.event);
  await press("ArrowLeft");
  assert.equal((await press("ArrowRight")).event, before);
  assert.equal((await press("ArrowRight")).event, start.event);
});

test("steps on one lane, to the cause and to its effect", async () => {
  const start = await fresh();
  const cause = (await press("Control+ArrowLeft")).event;
  assert.ok(cause < start.event);
  assert.match(await view.page.textContent("#event"), /received Get reply/);
  assert.equal((await press("Control+ArrowRight")).event, start.event);
  await press("Shift+ArrowLeft");
  const lane = await view.page.evaluate(() => {
    const { app, traces } = window.quorumlab;
    return traces[0].c.lane[app.measure().looking.event];
  });
  const startLane = await view.page.evaluate((i) => window.quorumlab.traces[0].c.lane[i], start.event);
  assert.equal(lane, startLane);
});

test("steps to changes of state and marks what changed", async () => {
  await fresh();
  await press("V");
  assert.equal(await view.page.locator("#state td.changed").count(), 1);
});

test("goes to the next violation and the next fault", async () => {
  await fresh();
  const other = await press("n");
  assert.equal(other.violation, 1);
  assert.match(await view.page.textContent("#why .claim"), /Not durable/);
  await press("n");
  await press("f");
  assert.match(await view.page.textContent("#event"), /fault|paused|goes on|crashed|restarted/);
});

test("shows everything or only the slice", async () => {
  await fresh();
  const all = await press("s");
  assert.equal(all.slice, false);
  assert.match(await view.page.textContent("#count"), /^\d{4,} events$/);
  assert.equal((await press("s")).slice, true);
});

test("filters, counts and says what is wrong with a filter", async () => {
  await fresh();
  await press("s");
  const input = view.page.locator("#query");
  await input.fill("kind:state lane:n2 not name:commit");
  const count = await view.page.textContent("#count");
  assert.match(count, /^\d+ of \d+ events$/);
  const found = Number(count.split(" ")[0]);
  const expected = await view.page.evaluate(() => {
    const t = window.quorumlab.traces[0];
    let n = 0;
    for (let i = 0; i < t.n; i++)
      if (t.c.kind[i] === 18 && t.laneName(t.c.lane[i]) === "n2" && t.name(i) !== "commit") n++;
    return n;
  });
  assert.equal(found, expected);
  await input.fill("lane:n9");
  assert.equal(await input.getAttribute("aria-invalid"), "true");
  assert.match(await view.page.textContent("#count"), /no lane is called "n9"/);
  await input.fill("(kind:timer or kind:sync) t>1s t<2s");
  assert.equal(await input.getAttribute("aria-invalid"), null);
});

test("switches between true, node-local, logical and step axes", async () => {
  await fresh();
  await press("s");
  const { event } = await view.look();
  const seen = [];
  for (let i = 0; i < 4; i++) seen.push((await press("a")).axis);
  assert.deepEqual([...seen].sort(), ["local", "logical", "step", "true"]);
  assert.equal((await view.look()).event, event);
});

test("keeps everything in the address", async () => {
  await fresh();
  await press("s", "+", "ArrowLeft", "2");
  const before = await view.look();
  const hash = await view.page.evaluate(() => location.hash);
  const after = await fresh(hash);
  assert.equal(after.event, before.event);
  assert.equal(after.view, "cluster");
  assert.ok(Math.abs(after.from - before.from) < 1e3);
});

test("ignores an address that makes no sense", async () => {
  const look = await fresh("#v=1&e=99999999&axis=bogus&t0=7&t1=-3&view=none&why=88");
  assert.equal(look.axis, "true");
  assert.equal(look.view, "space");
  assert.deepEqual(view.wrong, []);
});

test("has every view, and the keys in a dialog", async () => {
  await fresh();
  for (const [key, name] of [["2", "cluster"], ["3", "history"], ["4", "report"], ["1", "space"]])
    assert.equal((await press(key)).view, name);
  await press("?");
  assert.equal(await view.page.locator("#keys").isVisible(), true);
  await press("Escape");
  assert.equal(await view.page.locator("#keys").isVisible(), false);
});

test("shows how far the history has an order, and what has no place in it", async () => {
  await fresh();
  const text = await view.page.textContent("#why");
  const [, count, failing] = /longest order that explains every answer has (\d+) operations .* Then op (\d+) /.exec(text);
  await press("3");
  const found = await view.page.evaluate(() => {
    const { traces } = window.quorumlab;
    const { prefix } = traces[0].view.violations[0];
    const ops = prefix.order.map((id) => traces[0].ops.get(id));
    // Replayed here: every read finds what is there, and nobody overtakes what had ended before.
    let state = null;
    let at = -Infinity;
    let legal = true;
    for (const { raw } of ops) {
      if (raw.f === "read") legal &&= raw.value === state;
      else state = raw.value;
      at = Math.max(at, raw.invoked_at);
      legal &&= at <= (raw.completed_at ?? Infinity);
    }
    return { length: prefix.skipped + ops.length, failing: prefix.failing, legal, state, told: prefix.state };
  });
  assert.equal(found.length, Number(count));
  assert.equal(found.failing, Number(failing));
  assert.equal(found.legal, true);
  assert.equal(found.state, found.told);
});

test("points at an operation of the history under the pointer", async () => {
  await fresh();
  await press("3");
  await view.frames(2);
  const bar = await view.page.evaluate(() => {
    const { stage } = window.quorumlab.app;
    for (let y = 20; y < 400; y += 4)
      for (let x = 120; x < 900; x += 4) if (stage.barAt(x, y)) return { x, y, id: stage.barAt(x, y).id };
    return undefined;
  });
  const box = await view.page.locator("#picture").boundingBox();
  await view.page.mouse.move(box.x + bar.x, box.y + bar.y);
  assert.equal(await view.page.evaluate(() => window.quorumlab.app.stage.historyOp?.id), bar.id);
  await view.page.mouse.click(box.x + bar.x, box.y + bar.y);
  assert.match(await view.page.textContent("#event"), new RegExp(`\\(op ${bar.id}\\)`));
});

test("hides lanes, and the address keeps it", async () => {
  await fresh();
  await press("s");
  const before = await view.page.getAttribute("#picture", "aria-label");
  await view.page.locator("#lanes summary").click();
  await view.page.locator("#lanes input").first().uncheck();
  await view.frames(2);
  const after = await view.page.getAttribute("#picture", "aria-label");
  const lanes = (text) => Number(/(\d+) lanes/.exec(text)[1]);
  assert.equal(lanes(after), lanes(before) - 1);
  assert.match(after, /1 hidden/);
  const hash = await view.page.evaluate(() => location.hash);
  await fresh(hash);
  await view.frames(2);
  assert.match(await view.page.getAttribute("#picture", "aria-label"), /1 hidden/);
});

test("follows a key on every replica", async () => {
  await fresh();
  const changes = await view.page.evaluate(() => {
    const { app, traces } = window.quorumlab;
    return [...traces[0].published.keyChanges(app.watched).values()].map((list) => list.length);
  });
  assert.ok(changes.length >= 3 && changes.every((n) => n > 1), changes.join(" "));
  await view.page.locator("#state input").fill("k0");
  await view.page.keyboard.press("Enter");
  assert.equal(await view.page.evaluate(() => window.quorumlab.app.watched), 0);
});

test("moves the window from the strip with the arrow keys", async () => {
  await fresh();
  await press("s");
  const before = await view.look();
  await view.page.locator("#overview").focus();
  const after = await press("ArrowRight");
  assert.equal(after.event, before.event);
  assert.ok(after.from > before.from);
});

test("tells past, future and concurrent events apart", async () => {
  await fresh();
  await press("i");
  const text = await view.page.textContent("#event");
  const [, past, future, rest] = /(\d+) events may have influenced it, it may have influenced (\d+); (\d+) are concurrent/.exec(text);
  const n = await view.page.evaluate(() => window.quorumlab.traces[0].n);
  const sides = await view.page.evaluate(() => {
    const counts = [0, 0, 0, 0];
    for (const side of window.quorumlab.app.cone.side) counts[side]++;
    return counts;
  });
  assert.deepEqual(sides, [Number(rest), Number(past), Number(future), 1]);
  assert.equal(Number(past) + Number(future) + Number(rest) + 1, n);
  assert.ok(Number(past) > 0);
});

test("can be used with the keyboard alone, and every control has a name", async () => {
  await fresh();
  const unnamed = await view.page.evaluate(() =>
    [...document.querySelectorAll("button, select, input")]
      .filter((e) => !(e.textContent.trim() || e.getAttribute("aria-label") || e.labels?.length || e.title))
      .map((e) => e.outerHTML),
  );
  assert.deepEqual(unnamed, []);
  const reached = new Set();
  for (let i = 0; i < 60; i++) {
    await view.page.keyboard.press("Tab");
    reached.add(await view.page.evaluate(() => document.activeElement?.id ?? ""));
  }
  for (const id of ["picture", "overview", "query", "table", "axis", "play"]) assert.ok(reached.has(id), id);
  const small = await view.page.evaluate(() =>
    [...document.querySelectorAll("header button, header select, #query")]
      .map((e) => e.getBoundingClientRect())
      .filter((r) => r.width > 0 && (r.width < 24 || r.height < 24)).length,
  );
  assert.equal(small, 0);
});

test("follows dark theme and reduced motion, and reflows on a narrow screen", async () => {
  const dark = await open(browser, paused, "", { colorScheme: "dark", reducedMotion: "reduce" });
  const back = await dark.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(back, "rgb(20, 23, 28)");
  await dark.close();
  const narrow = await open(browser, paused, "", { viewport: { width: 360, height: 700 } });
  const wide = await narrow.page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 360, `${wide} px wide`);
  await narrow.close();
});

test("plays, and stops", async () => {
  await fresh();
  await press("s");
  await press("Home");
  await view.page.locator("#play").click();
  assert.equal(await view.page.getAttribute("#play", "aria-pressed"), "true");
  await view.page.locator("#play").click();
  assert.equal(await view.page.getAttribute("#play", "aria-pressed"), "false");
});

test("saves the view as SVG, the slice as DOT, the events as text", async () => {
  await fresh();
  for (const [button, start] of [["svg", "<svg"], ["dot", "digraph slice"], ["text", "claim: Not linearizable"]]) {
    const [download] = await Promise.all([
      view.page.waitForEvent("download"),
      view.page.locator(`#${button}`).click(),
    ]);
    const stream = await download.createReadStream();
    let text = "";
    for await (const piece of stream) text += piece;
    assert.ok(text.startsWith(start), text.slice(0, 40));
  }
});

test("shows how two runs differ", async () => {
  const file = join(folder, "diff.html");
  const text = quorumlab("diff", "scenarios/processes/paused_leader.toml", "--without", "1", "--html", file);
  assert.match(text, /They part here:/);
  const diff = await open(browser, file);
  assert.match(await diff.page.textContent("#diff"), /This is run A/);
  const first = (await diff.look()).event;
  await diff.page.keyboard.press("x");
  assert.equal((await diff.look()).run, 1);
  assert.match(await diff.page.textContent("#diff"), /This is run B: the same, without fault 1/);
  assert.match(await diff.page.textContent("#why"), /Nothing that was checked is violated/);
  assert.ok(first > 0);
  assert.deepEqual(diff.wrong, []);
  await diff.close();
});

test("shows tampered clocks as ribbons, on all but their own axis", async () => {
  const file = pageOfRun("clocks", "clocks/fast_clocks_break_lease.toml");
  const clocks = await open(browser, file, "#v=1&axis=true");
  const worst = await clocks.page.evaluate(() => {
    const t = window.quorumlab.traces[0];
    return { changes: t.clockChanges.length, off: Math.max(...t.local.map((x, i) => Math.abs(x - t.c.at[i]))) };
  });
  assert.ok(worst.changes > 0 && worst.off > 1e9, JSON.stringify(worst));
  for (let i = 0; i < 4; i++) {
    await clocks.page.keyboard.press("a");
    await clocks.frames(2);
  }
  assert.deepEqual(clocks.wrong, []);
  await clocks.close();
});

test("loads nothing, and no error was seen", async () => {
  await fresh();
  const policy = await view.page.getAttribute('meta[http-equiv="Content-Security-Policy"]', "content");
  assert.match(policy, /default-src 'none'/);
  assert.deepEqual(view.wrong, []);
});

test("draws a million events", async (t) => {
  const file = pageOfRun("million", "failover/github_2018.toml", "--set", "scenario.duration=640s");
  const big = await open(browser, file, "#v=1&axis=true");
  const n = await big.page.evaluate(() => window.quorumlab.traces[0].n);
  assert.ok(n >= 1_000_000, `${n} events`);
  for (let i = 0; i < 12; i++) {
    await big.page.keyboard.press("+");
    await big.frames(2);
  }
  await big.page.locator("#query").fill("is:lost");
  assert.match(await big.page.textContent("#count"), new RegExp(`of ${n} events`));
  const { frames, ready } = await big.page.evaluate(() => ({
    frames: window.quorumlab.app.measure().frames, ready: window.quorumlab.ready,
  }));
  t.diagnostic(`${n} events ready in ${Math.round(ready)} ms; frames: ${frames.map((f) => f.toFixed(1)).join(" ")} ms`);
  assert.deepEqual(big.wrong, []);
  await big.close();
});
