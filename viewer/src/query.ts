// The filter: words that must occur, field:value, and, or, not, parentheses.
//   kind:drop lane:n2       both; `and` may be left out
//   op:17 or key:x          either
//   not name:Append         without
//   is:lost is:slice is:only is:state is:late    t>1.5s   term>=2
import { K, KINDS, REASONS } from "./kinds";
import { Trace } from "./trace";
import { eventText } from "./words";

export type Test = (i: number) => boolean;
export class QueryError extends Error {}

const UNITS: Record<string, number> = { ns: 1, us: 1e3, "µs": 1e3, ms: 1e6, s: 1e9 };

function timeOf(word: string): number {
  const match = /^([0-9.]+)(ns|us|µs|ms|s)$/.exec(word);
  if (!match) throw new QueryError(`"${word}" is no time such as 1.5s`);
  return Number(match[1]) * UNITS[match[2]!]!;
}

function tokens(text: string): string[] {
  const found = text.match(/\(|\)|"[^"]*"|[^\s()"]+/g);
  return found ?? [];
}

export class Query {
  private at = 0;
  private words: string[];
  readonly test: Test;

  constructor(
    text: string,
    private trace: Trace,
    private slice: Set<number> | undefined,
  ) {
    this.words = tokens(text);
    this.test = this.words.length === 0 ? () => true : this.either();
    if (this.at < this.words.length) throw new QueryError(`"${this.words[this.at]}" is one too many`);
  }

  private either(): Test {
    let left = this.both();
    while (this.words[this.at]?.toLowerCase() === "or") {
      this.at++;
      const [a, b] = [left, this.both()];
      left = (i) => a(i) || b(i);
    }
    return left;
  }
  private both(): Test {
    let left = this.one();
    for (;;) {
      const word = this.words[this.at]?.toLowerCase();
      if (word === undefined || word === ")" || word === "or") return left;
      if (word === "and") this.at++;
      const [a, b] = [left, this.one()];
      left = (i) => a(i) && b(i);
    }
  }
  private one(): Test {
    const word = this.words[this.at++];
    if (word === undefined) throw new QueryError("something is missing at the end");
    if (word === "(") {
      const inner = this.either();
      if (this.words[this.at++] !== ")") throw new QueryError("a ) is missing");
      return inner;
    }
    if (word.toLowerCase() === "not") {
      const inner = this.one();
      return (i) => !inner(i);
    }
    if (word.startsWith("-") && word.length > 1) {
      const inner = this.atom(word.slice(1));
      return (i) => !inner(i);
    }
    return this.atom(word);
  }

  private atom(word: string): Test {
    const compare = /^(t|term|index|value|op)(<=|>=|<|>|=)(.+)$/.exec(word);
    if (compare) return this.comparison(compare[1]!, compare[2]!, compare[3]!);
    const field = /^(kind|lane|peer|op|key|term|name|is|reason):(.+)$/.exec(word);
    if (field) return this.field(field[1]!, field[2]!.replace(/"/g, ""));
    const wanted = word.replace(/"/g, "").toLowerCase();
    return (i) => eventText(this.trace, i).toLowerCase().includes(wanted);
  }

  private comparison(field: string, sign: string, word: string): Test {
    const { c } = this.trace;
    const n = field === "t" ? timeOf(word) : Number(word);
    if (Number.isNaN(n)) throw new QueryError(`"${word}" is no number`);
    const of: ArrayLike<number> =
      field === "t" ? c.at : field === "term" ? c.term : field === "index" ? c.index
      : field === "op" ? c.op : c.value;
    if (sign === "<") return (i) => of[i]! < n;
    if (sign === "<=") return (i) => of[i]! <= n;
    if (sign === ">") return (i) => of[i]! > n;
    if (sign === ">=") return (i) => of[i]! >= n;
    return (i) => of[i]! === n;
  }

  // Names are compared once, events by number.
  private field(field: string, word: string): Test {
    const { trace } = this;
    const { c } = trace;
    const like = (text: string): boolean => text.toLowerCase() === word.toLowerCase();
    if (field === "kind") {
      const kind = KINDS.findIndex(like);
      if (kind < 0) throw new QueryError(`no kind is called "${word}": ${KINDS.join(", ")}`);
      return (i) => c.kind[i] === kind;
    }
    if (field === "lane" || field === "peer") {
      const lane = trace.header.lanes.findIndex((_, i) => like(trace.laneName(i)));
      if (lane < 0) throw new QueryError(`no lane is called "${word}"`);
      return field === "peer"
        ? (i) => c.peer[i] === lane
        : (i) => c.lane[i] === lane;
    }
    if (field === "name") {
      const names = new Set(trace.header.names.flatMap((name, i) => (like(name) ? [i] : [])));
      if (names.size === 0) throw new QueryError(`nothing is called "${word}"`);
      return (i) => names.has(c.name[i]!);
    }
    if (field === "key") return (i) => c.key[i]! >= 0 && like(trace.keyName(c.key[i]!));
    if (field === "reason") return (i) => c.reason[i]! > 0 && like(REASONS[c.reason[i]!]!);
    if (field === "is") return this.property(word.toLowerCase());
    const n = Number(word);
    if (Number.isNaN(n)) throw new QueryError(`"${word}" is no number`);
    return field === "op" ? (i) => c.op[i] === n : (i) => c.term[i] === n;
  }

  private property(word: string): Test {
    const { trace, slice } = this;
    const { c } = trace;
    if (word === "lost")
      return (i) => c.kind[i] === K.drop || (trace.fate[i]! >= 0 && c.kind[trace.fate[i]!] === K.drop);
    if (word === "slice") return (i) => slice?.has(i) ?? false;
    if (word === "only") return (i) => trace.only.has(i);
    if (word === "state") return (i) => trace.published.changes(i);
    if (word === "late")
      return (i) => trace.fate[i]! >= 0 && trace.local[trace.fate[i]!]! < trace.local[i]!;
    if (word === "violation") return (i) => trace.violationOps.has(c.op[i]!);
    throw new QueryError(`is:${word} is not known: lost, slice, violation, state, late, only`);
  }
}
