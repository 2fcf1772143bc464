// What events, reasons and axes are called, by their numbers in the record.

// In the order of sim::EventKind.
export const KINDS = [
  "send", "receive", "drop", "duplicate", "timer", "invoke", "ok", "fail", "unknown", "crash",
  "restart", "pause", "resume", "sync", "clock_step", "clock_rate", "fault_begin", "fault_end",
  "state", "note",
] as const;
export const K = Object.fromEntries(KINDS.map((k, i) => [k, i])) as Record<
  (typeof KINDS)[number],
  number
>;
export const REASONS = [
  "", "partition", "loss", "receiver down", "queue full", "corruption", "connection reset",
] as const;

export type Axis = "true" | "local" | "logical" | "step";
export const AXES: Axis[] = ["true", "local", "logical", "step"];

