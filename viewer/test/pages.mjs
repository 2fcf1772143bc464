// Makes pages with the command line and opens them in headless Chromium.
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const folder = mkdtempSync(join(tmpdir(), "quorumlab-viewer-"));

// Runs the command; violations and differences are no failures here.
export function quorumlab(...words) {
  try {
    return execFileSync(process.env.QUORUMLAB, words, { cwd: root, encoding: "utf8", stdio: "pipe", maxBuffer: 1 << 28 });
  } catch (error) {
    if (error.status === 1) return error.stdout;
    throw error;
  }
}

export function pageOfRun(name, scenario, ...more) {
  const file = join(folder, `${name}.html`);
  quorumlab("run", `scenarios/${scenario}`, "--svg", "none", "--html", file, ...more);
  return file;
}

export async function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
}

// The page, once the viewer is ready; `wrong` collects errors and anything it tried to load.
export async function open(browser, file, hash = "", options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(message.text());
  });
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) wrong.push(`loads ${request.url()}`);
  });
  const load = async (hash) => {
    await page.goto(`file://${file}${hash}`);
    await page.waitForSelector("html[data-ready]", { timeout: 60000 });
    const ready = await page.evaluate(() => document.documentElement.dataset.ready);
    if (ready !== "true") throw new Error(await page.textContent("#meta"));
  };
  await load(hash);
  // Another document of the same window: the page keeps nothing outside of it. An address that
  // differs in its hash alone would not be loaded.
  const again = async (hash) => {
    await page.goto("about:blank");
    await load(hash);
  };
  const look = () => page.evaluate(() => ({ ...window.quorumlab.app.measure().looking }));
  const frames = (n) =>
    page.evaluate(
      (count) =>
        new Promise((done) => {
          const next = (left) => (left === 0 ? done() : requestAnimationFrame(() => next(left - 1)));
          next(count);
        }),
      n,
    );
  return { page, wrong, look, frames, again, close: () => context.close() };
}
