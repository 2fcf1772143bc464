// Figures for docs/viewer.md: file size, time to ready and frame times for three sizes.
//   QUORUMLAB=build/quorumlab CHROMIUM=/usr/bin/chromium node viewer/test/measure.mjs
import { statSync } from "node:fs";
import { launch, open, pageOfRun } from "./pages.mjs";

const sizes = [
  ["10 thousand", "7s"],
  ["100 thousand", "62s"],
  ["1 million", "640s"],
];
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const browser = await launch();
console.log("| events | page | ready | frame, whole run | frame, up to 4,000 events | cone | filter | heap |");
console.log("| --: | --: | --: | --: | --: | --: | --: | --: |");
for (const [name, duration] of sizes) {
  const more = ["--set", `scenario.duration=${duration}`, "--set", "fault[0].at=2s", "--set", "fault[0].for=3s"];
  const file = pageOfRun(name.replace(" ", "-"), "failover/github_2018.toml", ...more);
  const { page, frames, close } = await open(browser, file, "#v=1&axis=true");
  const drawn = async (count, act) => {
    await page.evaluate(() => (window.quorumlab.app.measure().frames.length = 0));
    for (let i = 0; i < count; i++) {
      await act(i);
      await frames(2);
    }
    return median(await page.evaluate(() => [...window.quorumlab.app.measure().frames]));
  };
  const whole = await drawn(20, (i) => page.keyboard.press(i % 2 ? "l" : "h"));
  const few = async () =>
    page.evaluate(() => {
      const { app, traces } = window.quorumlab;
      const { from, to } = app.measure().looking;
      return traces[0].visible("true", from, to, 4000) !== undefined;
    });
  for (let i = 0; i < 30 && !(await few()); i++) await page.keyboard.press("+");
  const close_by = await drawn(20, (i) => page.keyboard.press(i % 2 ? "l" : "h"));
  const timed = await page.evaluate(() => {
    const { traces, app, ready } = window.quorumlab;
    const time = (act) => {
      const start = performance.now();
      act();
      return performance.now() - start;
    };
    const cone = time(() => traces[0].cone(traces[0].n >> 1));
    const filter = time(() => app.set({ query: "kind:drop lane:east1" }));
    return { cone, filter, ready, n: traces[0].n, heap: performance.memory?.usedJSHeapSize ?? 0 };
  });
  const kib = Math.round(statSync(file).size / 1024).toLocaleString("en");
  const ms = (n) => `${n < 10 ? n.toFixed(1) : Math.round(n)} ms`;
  console.log(
    `| ${timed.n.toLocaleString("en")} | ${kib} KiB | ${ms(timed.ready)} | ${ms(whole)} | ${ms(close_by)} | ${ms(timed.cone)} | ${ms(timed.filter)} | ${Math.round(timed.heap / 1e6)} MB |`,
  );
  await close();
}
await browser.close();
