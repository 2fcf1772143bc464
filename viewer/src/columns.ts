// Reads the bytes of a .qtrace (docs/trace-format.md) into columns.

export interface LaneInfo {
  name: string;
  zone: string;
  client: boolean;
  clock_offset: number;
  clock_rate_ppb: number;
}

export interface FaultInfo {
  name: string;
  text: string;
  begin: number;
  end: number;
  groups: (string | number)[][];
  lanes: (string | number)[];
  one_way: boolean;
}

export interface Header {
  scenario: string;
  seed: number;
  fingerprint: string;
  duration: number;
  lanes: LaneInfo[];
  keys: string[];
  names: string[];
  states: Record<string, string[]>;
  faults: FaultInfo[];
}

export interface Operation {
  op: number;
  process: number;
  f: string;
  key: string | number;
  value: unknown;
  expected: unknown;
  outcome: "ok" | "fail" | "unknown";
  invoked_at: number;
  completed_at?: number;
  client?: string | number;
  served_by?: string | number;
}

// The longest part of a key's history that has an order.
export interface Prefix {
  skipped: number; // so many operations of it are left out here, the oldest
  order: number[];
  failing: number;
  state: unknown;
  waiting: number[];
}

export interface Violation {
  property: string;
  sentences: { clause: string; pieces: [string, number?][] }[];
  slice: number[];
  lanes: number[];
  operations: { op: number; wrong: boolean; witness: boolean }[];
  focus: number;
  begin: number;
  end: number;
  key?: number;
  prefix?: Prefix;
}

export interface View {
  violations: Violation[];
  report?: string;
  command?: string;
  inevitability?: {
    property: string;
    points: { at: number; violated: number; runs: number }[];
    critical?: number;
  };
  diff?: {
    label: string;
    is_b: boolean;
    lanes: { lane: string; shared: number; only_a: number; only_b: number }[];
    only: number[];
    first?: number;
  };
}

// One value an event; an event's index is its id less one.
export interface Columns {
  kind: Uint8Array;
  reason: Uint8Array;
  reply: Uint8Array;
  at: Float64Array; // ns of true time
  cause: Int32Array; // index, -1: none
  lane: Int32Array; // -1: none
  peer: Int32Array;
  name: Uint16Array;
  op: Uint32Array;
  key: Int32Array; // -1: none
  value: Float64Array;
  index: Float64Array;
  count: Uint32Array;
  term: Uint32Array;
}

export interface Run {
  header: Header;
  operations: Operation[];
  view: View;
  columns: Columns;
  size: number;
}

const text = new TextDecoder();

async function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function bytesOfBase64(content: string): Uint8Array {
  const binary = atob(content);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

const MAGIC = [0x89, 0x51, 0x54, 0x52, 0x0d, 0x0a, 0x1a, 0x0a];
const HEAD = 12;
const SECTION_HEAD = 20;

interface Section {
  tag: string;
  stored: Uint8Array;
}

function sectionsOf(bytes: Uint8Array): Section[] {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw new Error("this is not a recorded run");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(8, true) !== 1) throw new Error("the record is of another version");
  const sections: Section[] = [];
  for (let at = HEAD; at + SECTION_HEAD <= bytes.length; ) {
    const tag = text.decode(bytes.subarray(at, at + 4));
    const stored = view.getUint32(at + 8, true);
    at += SECTION_HEAD;
    sections.push({ tag, stored: bytes.subarray(at, at + stored) });
    at += stored;
  }
  return sections;
}

// As many as `into` holds, from byte `at` on; returns where they end. Exact up to 2^53; what is
// greater is rounded.
function readVarints(bytes: Uint8Array, at: number, into: Float64Array): number {
  for (let i = 0; i < into.length; i++) {
    let byte = bytes[at++]!;
    let n = byte & 127;
    for (let scale = 128; byte >= 128; scale *= 128) {
      byte = bytes[at++]!;
      n += (byte & 127) * scale;
    }
    into[i] = n;
  }
  return at;
}

function unzigzag(n: number): number {
  return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
}

function emptyColumns(n: number): Columns {
  return {
    kind: new Uint8Array(n),
    reason: new Uint8Array(n),
    reply: new Uint8Array(n),
    at: new Float64Array(n),
    cause: new Int32Array(n),
    lane: new Int32Array(n),
    peer: new Int32Array(n),
    name: new Uint16Array(n),
    op: new Uint32Array(n),
    key: new Int32Array(n),
    value: new Float64Array(n),
    index: new Float64Array(n),
    count: new Uint32Array(n),
    term: new Uint32Array(n),
  };
}

const COLUMNS = 13;

function decodeBlock(raw: Uint8Array, into: Columns): void {
  const head = new Float64Array(2 + COLUMNS);
  let at = readVarints(raw, 0, head);
  const first = head[0]! - 1;
  const count = head[1]!;
  const starts: number[] = [];
  for (const size of head.subarray(2)) {
    starts.push(at);
    at += size;
  }
  into.kind.set(raw.subarray(starts[0]!, starts[0]! + count), first);
  for (let i = 0; i < count; i++) {
    const flags = raw[starts[1]! + i]!;
    into.reason[first + i] = flags & 7;
    into.reply[first + i] = (flags >> 3) & 1;
  }
  // One tight loop for all columns, then one for each: a callback for every number is far slower.
  const numbers = new Float64Array(count);
  const column = (number: number): Float64Array => {
    readVarints(raw, starts[number]!, numbers);
    return numbers;
  };
  const end = first + count;
  const copy = (number: number, to: { [i: number]: number }, less: number): void => {
    const from = column(number);
    for (let i = first; i < end; i++) to[i] = from[i - first]! - less;
  };
  let from = column(2);
  let time = 0;
  for (let i = first; i < end; i++) into.at[i] = time += from[i - first]!;
  from = column(3);
  for (let i = first; i < end; i++) into.cause[i] = from[i - first] === 0 ? -1 : i - from[i - first]!;
  copy(4, into.lane, 1);
  copy(5, into.peer, 1);
  copy(6, into.name, 0);
  from = column(7);
  let op = 0;
  for (let i = first; i < end; i++)
    into.op[i] = from[i - first] === 0 ? 0 : (op += unzigzag(from[i - first]! - 1));
  copy(8, into.key, 1);
  from = column(9);
  for (let i = first; i < end; i++) into.value[i] = unzigzag(from[i - first]!);
  copy(10, into.index, 0);
  copy(11, into.count, 0);
  copy(12, into.term, 0);
}

export async function readRun(bytes: Uint8Array): Promise<Run> {
  const raw = await Promise.all(
    sectionsOf(bytes).map(async (s) => ({ tag: s.tag, raw: await inflate(s.stored) })),
  );
  const end = raw.find((s) => s.tag === "END ");
  if (!end) throw new Error("the record was cut off");
  const size = Number(new DataView(end.raw.buffer).getBigUint64(0, true));
  const columns = emptyColumns(size);
  let header: Header | undefined;
  const operations: Operation[] = [];
  let view: View = { violations: [] };
  for (const section of raw) {
    if (section.tag === "EVTS") decodeBlock(section.raw, columns);
    if (section.tag === "VIEW") view = JSON.parse(text.decode(section.raw)) as View;
    if (section.tag !== "RUN ") continue;
    for (const line of text.decode(section.raw).split("\n")) {
      if (line === "") continue;
      const object = JSON.parse(line);
      if (header === undefined) header = object as Header;
      else if ("witness" in object === false) operations.push(object as Operation);
    }
  }
  if (!header) throw new Error("the record has no header");
  return { header, operations, view, columns, size: bytes.length };
}
