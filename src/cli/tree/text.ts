import type { Platform } from '../../oci/descriptor.ts';
import { isIndexType } from '../../oci/media-types.ts';
import type { Artifact, Attached, PlatformNode, Source } from '../attached/artifact.ts';
import { formatSize } from '../size.ts';
import { columns } from '../text/columns.ts';
import { shortDigest, shortTag } from '../text/digest.ts';
import { printable } from '../text/printable.ts';
import type { Style } from '../text/style.ts';
import { predicateName, signerName } from './names.ts';
import type { Tree } from './read.ts';

const KINDS: ReadonlyMap<string, string> = new Map([
  ['sbom', 'SBOM'],
  ['vex', 'VEX'],
]);
const PLACES: ReadonlyMap<Source['source'], string> = new Map([
  ['referrers', 'referrers API'],
  ['fallback-tag', 'fallback tag'],
]);

interface Row {
  readonly cells: readonly string[];
  readonly below: readonly Row[];
}

/** The tree for people: one line an artifact, columns aligned over the whole tree, what is unknown marked. */
export function treeText(tree: Tree, style: Style, verbose: boolean): string {
  const kind = isIndexType(tree.mediaType) ? 'index' : 'image';
  const head = [
    `${style.bold(printable(tree.reference))} @ ${shortDigest(tree.digest, verbose)}`,
    `${kind}${style.dot}attached content is not verified here`,
  ];
  const rows = [
    ...attachedRows(tree.attached, style, verbose),
    ...tree.unsigned.map((a) => artifactRow(a, style, verbose)),
    ...tree.platforms.map((p) => platformRow(p, style, verbose)),
  ];
  const lines = columns(draw(rows, '', style));
  if (rows.length === 0) lines.push(`${style.branch.last}nothing attached`);
  return `${[head.join('   '), ...lines].join('\n')}\n`;
}

function draw(rows: readonly Row[], indent: string, style: Style): string[][] {
  return rows.flatMap((row, i) => {
    const last = i === rows.length - 1;
    const { branch } = style;
    const [first = '', ...more] = row.cells;
    return [
      [`${indent}${last ? branch.last : branch.entry}${first}`, ...more],
      ...draw(row.below, `${indent}${last ? branch.belowLast : branch.below}`, style),
    ];
  });
}

function attachedRows(attached: Attached, style: Style, verbose: boolean): Row[] {
  const unknown = attached.sources.filter((s) => s.state === 'unknown');
  return [...attached.artifacts.map((a) => artifactRow(a, style, verbose)), ...unknown.map((s) => sourceRow(s, style))];
}

function sourceRow(s: Source, style: Style): Row {
  return {
    cells: [`${style.mark('unknown')} ${PLACES.get(s.source) ?? s.source}`, printable(s.error?.message ?? 'no answer', 200)],
    below: [],
  };
}

function artifactRow(a: Artifact, style: Style, verbose: boolean): Row {
  const place = a.tag === undefined ? shortDigest(a.digest, verbose) : shortTag(a.tag, style, verbose);
  const found =
    a.trust === 'unsigned' ? 'in the index, unsigned' : a.found.map((f) => (f === 'fallback-tag' ? 'fallback tag' : f)).join(', ');
  const kind = KINDS.get(a.kind) ?? a.kind;
  if (a.error !== undefined)
    return {
      cells: [
        `${style.mark('unknown')} ${kind}`,
        printable(a.form, 80),
        place,
        `${found === '' ? '' : `${found}: `}${printable(a.error.message, 200)}`,
      ],
      below: [],
    };
  return {
    cells: [kind, printable(a.form, 80), place, printable(detail(a, verbose), 200), found],
    below: attachedRows(a.attached, style, verbose),
  };
}

function detail(a: Artifact, verbose: boolean): string {
  const facts: string[] = [];
  if (a.namesSubject === false) facts.push('names another subject');
  const types = a.kind === 'signature' ? [] : a.predicateTypes;
  if (types.length > 0) facts.push((verbose ? types : types.map(predicateName)).join(', '));
  const signers = a.says.map((s) => (verbose ? s : signerName(s)));
  const [only] = signers;
  if (only === 'key' && signers.length === 1) facts.push('key');
  else if (signers.length > 0)
    facts.push(`says: ${signers.slice(0, 3).join(', ')}${signers.length > 3 ? ` and ${signers.length - 3} more` : ''}`);
  if (a.pieces > 1) facts.push(`${a.pieces} ${a.kind === 'signature' ? 'signatures' : 'pieces'}`);
  if (facts.length === 0) facts.push(formatSize(a.layers.reduce((sum, l) => sum + l.size, 0)));
  return facts.join(', ');
}

function platformRow(p: PlatformNode, style: Style, verbose: boolean): Row {
  const name = platformName(p.platform);
  const digest = shortDigest(p.digest, verbose);
  if (p.error !== undefined)
    return { cells: [`${style.mark('unknown')} ${printable(name)}`, printable(p.error.message, 200), digest], below: [] };
  const size = p.layers.reduce((sum, l) => sum + l.size, 0);
  const below = attachedRows(p.attached, style, verbose);
  const layers = `${p.layers.length} ${p.layers.length === 1 ? 'layer' : 'layers'}`;
  return { cells: [printable(name), `${layers}, ${formatSize(size)}`, digest, below.length === 0 ? 'nothing attached' : ''], below };
}

/** `linux/arm64/v8`; what stands in an index without a platform is just a manifest. */
export function platformName(platform: Platform | undefined): string {
  if (platform === undefined) return 'manifest';
  const version = platform['os.version'];
  return `${platform.os}/${platform.architecture}${platform.variant === undefined ? '' : `/${platform.variant}`}${version === undefined ? '' : `:${version}`}`;
}
