import type { Io } from '../io.ts';

/** What a mark says; colour never says more. */
export type Mark = 'ok' | 'no' | 'unknown';

/** How text is dressed: with colours and signs on a terminal, in plain ASCII elsewhere and with `NO_COLOR`. */
export interface Style {
  readonly plain: boolean;
  readonly mark: (mark: Mark) => string;
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  /** Between facts on one line. */
  readonly dot: string;
  /** Where something was left out. */
  readonly ellipsis: string;
  /** For "nothing". */
  readonly dash: string;
  /** The lines of a tree: before an entry, before the last entry, below an entry, below the last entry. */
  readonly branch: { readonly entry: string; readonly last: string; readonly below: string; readonly belowLast: string };
}

/** The style for stdout. `NO_COLOR` counts when it is not empty (no-color.org), `TERM=dumb` as well. */
export function styleOf(io: Pick<Io, 'isTTY' | 'env'>): Style {
  const plain = !io.isTTY.stdout || (io.env.NO_COLOR ?? '') !== '' || io.env.TERM === 'dumb';
  return plain ? PLAIN : DRESSED;
}

const same = (text: string): string => text;

const PLAIN: Style = {
  plain: true,
  mark: (m) => ({ ok: 'ok', no: 'FAIL', unknown: '??' })[m],
  green: same,
  red: same,
  yellow: same,
  dim: same,
  bold: same,
  dot: ' - ',
  ellipsis: '...',
  dash: '-',
  branch: { entry: '|- ', last: '`- ', below: '|  ', belowLast: '   ' },
};

const DRESSED: Style = {
  plain: false,
  mark: (m) => ({ ok: paint(32, '✔'), no: paint(31, '✘'), unknown: paint(33, '?') })[m],
  green: (t) => paint(32, t),
  red: (t) => paint(31, t),
  yellow: (t) => paint(33, t),
  dim: (t) => `\u001b[2m${t}\u001b[22m`,
  bold: (t) => `\u001b[1m${t}\u001b[22m`,
  dot: ' · ',
  ellipsis: '…',
  dash: '–',
  branch: { entry: '├─ ', last: '└─ ', below: '│  ', belowLast: '   ' },
};

function paint(colour: number, text: string): string {
  return `\u001b[${colour}m${text}\u001b[39m`;
}
