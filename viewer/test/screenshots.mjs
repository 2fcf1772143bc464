// The pictures of README.md and docs/, from real runs.
//   QUORUMLAB=build/quorumlab CHROMIUM=/usr/bin/chromium node viewer/test/screenshots.mjs
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { folder, launch, open, pageOfRun, quorumlab, root } from "./pages.mjs";

const browser = await launch();
const docs = join(root, "docs");

async function shoot(name, file, hash, options = {}) {
  const { page, frames, close } = await open(browser, file, hash, { viewport: { width: 1360, height: 820 }, ...options });
  await frames(4);
  await page.screenshot({ path: join(docs, `${name}.png`) });
  console.log(`docs/${name}.png`);
  await close();
}

const paused = pageOfRun("paused", "processes/paused_leader.toml");
await shoot("viewer-slice", paused, "");
await shoot("viewer-history", paused, "#v=1&slice=1&axis=step&view=history&e=6652");
const github = pageOfRun("github", "failover/github_2018.toml");
await shoot("viewer-run", github, "#v=1&axis=true", { colorScheme: "dark" });
const diff = join(folder, "diff.html");
quorumlab("diff", "scenarios/processes/paused_leader.toml", "--without", "1", "--html", diff);
await shoot("viewer-diff", diff, "");
const svg = join(folder, "github_2018.svg");
quorumlab("run", "scenarios/failover/github_2018.toml", "--svg", svg);
copyFileSync(svg, join(docs, "github_2018.svg"));
console.log("docs/github_2018.svg");
await browser.close();
