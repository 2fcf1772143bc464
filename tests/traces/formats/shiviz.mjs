// Takes a log apart as ShiViz' documentation says: a regular expression with the groups host, clock
// and event finds the entries, each clock is JSON. Then the rules that its graph demands: a host's
// own entry counts 1, 2, 3, ..., and what a clock knows of other hosts had happened before.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import vm from "node:vm";

function entriesOf(text) {
  const end = text.indexOf("\n");
  const pattern = new RegExp(text.slice(0, end), "gm");
  const body = text.slice(end + 1);
  const entries = [...body.matchAll(pattern)].map(({ groups }) => ({
    host: groups.host, event: groups.event, clock: JSON.parse(groups.clock),
  }));
  assert.equal(entries.length * 2, body.trim().split("\n").length, "a line belongs to no entry");
  return entries;
}

function check(entries) {
  const own = new Map();
  for (const { host, clock, event } of entries) {
    const last = own.get(host) ?? {};
    assert.equal(clock[host], (last[host] ?? 0) + 1, `${host}: ${event}`);
    for (const [other, count] of Object.entries(clock)) {
      assert.ok(count >= (last[other] ?? 0), `${host} forgets ${other}: ${event}`);
      if (other !== host) assert.ok(count <= (own.get(other)?.[other] ?? 0), `${host} knows too much: ${event}`);
    }
    own.set(host, clock);
  }
  return own.size;
}

// ShiViz itself, if SHIVIZ names a checkout of it: its parser, and the graph that it draws.
function withShiviz(checkout, text) {
  const world = vm.createContext({ console });
  for (const name of ["util/exception", "util/util", "util/regexp", "model/logEvent",
    "model/vectorTimestamp", "model/parser", "graph/graphEvent", "graph/abstractNode",
    "graph/abstractGraph", "model/modelNode", "model/modelGraph"])
    vm.runInContext(readFileSync(join(checkout, "js", `${name}.js`), "utf8"), world);
  const end = text.indexOf("\n");
  Object.assign(world, { pattern: text.slice(0, end), body: text.slice(end + 1) });
  return vm.runInContext(
    `const events = new LogParser(body, null, new NamedRegExp(pattern, "m")).getLogEvents("");
     [events.length, new ModelGraph(events).getHosts().length]`, world);
}

for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const entries = entriesOf(text);
  const hosts = check(entries);
  let by = "";
  if (process.env.SHIVIZ) {
    assert.deepEqual([...withShiviz(process.env.SHIVIZ, text)], [entries.length, hosts]);
    by = ", and so says ShiViz";
  }
  console.log(`${basename(file)}: ${entries.length} events of ${hosts} hosts${by}`);
}
