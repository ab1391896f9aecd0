import { columns } from '../text/columns.ts';
import { shortDigest } from '../text/digest.ts';
import { printable } from '../text/printable.ts';
import type { BundleFacts, LogFacts, SignedFacts, SignerFacts, TimestampFacts } from './facts.ts';

/** How the text looks. */
export interface FactsLook {
  readonly verbose: boolean;
  readonly dot: string;
}

const FORMS: Readonly<Record<BundleFacts['form'], string>> = {
  'sigstore-bundle': 'Sigstore bundle',
  'cosign-blob-bundle': "cosign's older bundle file",
  'dsse-envelope': 'envelope alone',
};

/** What a bundle says, for people: what is signed, by whom, in which logs, when. */
export function factsText(name: string, facts: BundleFacts, look: FactsLook): string {
  const version = facts.mediaType === null ? '' : ` ${/0\.\d+/.exec(facts.mediaType)?.[0] ?? printable(facts.mediaType)}`;
  const rows = [
    ...signedRows(facts.signed, look),
    ...(facts.signer === null ? [['signed by', 'nobody that it names']] : signerRows(facts.signer, look)),
    ...facts.log.flatMap((entry) => logRows(entry, look)),
    ...facts.timestamps.map((stamp) => ['timestamp', timestampText(stamp, look)]),
    ...facts.problems.map((problem) => ['problem', printable(problem)]),
  ];
  return [
    `${printable(name)}${look.dot}${FORMS[facts.form]}${version}, ${facts.kind}${look.dot}unverified`,
    ...columns(rows).map((line) => `  ${line}`),
    '',
  ].join('\n');
}

function signedRows(signed: SignedFacts, { verbose }: FactsLook): string[][] {
  if (signed.kind === 'file')
    return [
      [
        'signed',
        signed.digest === null
          ? 'a file, whose digest is not stated'
          : `a file, ${signed.digest.algorithm} ${cut(signed.digest.value, verbose)}`,
      ],
    ];
  if (signed.kind === 'payload') return [['signed', `${signed.payloadBytes} bytes of ${printable(signed.payloadType)}`]];
  const rows = [['states', printable(signed.predicateType)]];
  const shown = verbose ? signed.subjects : signed.subjects.slice(0, 8);
  for (const { name, digests, annotations } of shown) {
    const texts = [...digests].map(([algorithm, hex]) => printable(`${algorithm}:${cut(hex, verbose)}`));
    rows.push(['about', [name === null || name === '' ? undefined : printable(name), ...texts].filter((t) => t !== undefined).join(' ')]);
    for (const [key, value] of annotations)
      rows.push(['annotation', printable(`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)]);
  }
  if (shown.length < signed.subjects.length) rows.push(['', `and ${signed.subjects.length - shown.length} more subjects (--verbose)`]);
  return rows;
}

function signerRows(signer: SignerFacts, { verbose }: FactsLook): string[][] {
  if (signer.kind === 'public-key')
    return [
      [
        'signed by',
        signer.keyId === null ? `a key with the hint "${printable(signer.hint)}"` : `the key ${shortDigest(signer.keyId, verbose)}`,
      ],
    ];
  if ('malformed' in signer) return [['signed by', `a certificate that cannot be read: ${printable(signer.malformed)}`]];
  const name = signer.names.map((n) => printable(n.value)).join(', ');
  const rows = [['signed by', name === '' ? printable(signer.subject) : name]];
  const issuer = signer.claims.get('issuer');
  if (issuer !== undefined) rows.push(['issuer', printable(issuer)]);
  rows.push(['certificate', `${utc(signer.validFrom)} to ${utc(signer.validTo)}, by ${printable(signer.issuedBy)}`]);
  rows.push(['key', `${signer.key} ${shortDigest(signer.keyId, verbose)}`]);
  for (const sct of signer.scts) rows.push(['CT log', `${cut(sct.logId, verbose)}, promised ${utc(sct.time)}`]);
  if (signer.scts.length === 0) rows.push(['CT log', 'no promise']);
  if (signer.certificates > 1) rows.push(['chain', `${signer.certificates} certificates`]);
  const claims = [...signer.claims].filter(([claim]) => claim !== 'issuer');
  const shown = verbose ? claims : claims.filter(([claim]) => USUAL.has(claim));
  return [...rows, ...shown.map(([claim, value]) => [claim, printable(value)])];
}

const USUAL: ReadonlySet<string> = new Set([
  'sourceRepositoryURI',
  'sourceRepositoryDigest',
  'sourceRepositoryRef',
  'buildSignerURI',
  'runInvocationURI',
]);

function logRows(entry: LogFacts, { verbose, dot }: FactsLook): string[][] {
  const parts = [
    `index ${entry.index}`,
    entry.log ?? `log ${cut(entry.logId, verbose)}`,
    entry.entry,
    entry.time === null ? 'states no time' : utc(entry.time),
    entry.promise ? 'promise' : 'no promise',
    entry.proof === null ? 'no proof' : `proof in a tree of ${entry.proof.treeSize}`,
  ];
  const rows = [['log', parts.map((p) => printable(p)).join(dot)]];
  if (verbose && entry.proof !== null && entry.proof.origin !== null)
    rows.push(['checkpoint', printable(`${entry.proof.origin}, signed by ${entry.proof.signedBy.join(', ')}`)]);
  return rows;
}

function timestampText(stamp: TimestampFacts, { dot }: FactsLook): string {
  if ('malformed' in stamp) return `cannot be read: ${printable(stamp.malformed)}`;
  const by = stamp.authority === null ? 'an authority that it does not name' : printable(stamp.authority);
  return [utc(stamp.time), by, `over ${stamp.hash}`].join(dot);
}

function cut(hex: string, whole: boolean): string {
  return whole ? hex : hex.slice(0, 12);
}

function utc(time: Date): string {
  const text = time.toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}
