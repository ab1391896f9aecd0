/** What the benchmark measures and prints. */

/** One line of the benchmark (DESIGN, "Performance targets"). */
export interface Row {
  readonly name: string;
  /** What was done, in words. */
  readonly work: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  readonly unit: string;
  /** `ours / peer`. */
  readonly ratio: number;
  readonly target: string;
  readonly met: boolean;
  /** Further figures of the same measurement. */
  readonly details: Readonly<Record<string, number | string>>;
}

/** What a measurement is told. */
export interface BenchContext {
  /** The folder of the project. */
  readonly root: string;
  /** The executable of a peer. Throws when it is not there. */
  readonly peer: (name: string, version: string) => Peer;
  /** Progress, for stderr. */
  readonly say: (line: string) => void;
}

/** A real tool to compare with. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

/** A measurement: it yields the rows that it names. */
export interface Measurement {
  readonly rows: readonly string[];
  readonly measure: (context: BenchContext) => Promise<readonly Row[]>;
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(at)] ?? Number.NaN) + (sorted[Math.ceil(at)] ?? Number.NaN)) / 2;
}

/** A number with two decimal places at most. */
export function rounded(n: number): number {
  return Math.round(n * 100) / 100;
}
