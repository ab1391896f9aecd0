import { encodeBase64, encodeHex } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import type { SignedEntity } from '../../signature/index.ts';
import { statementOf } from '../../signature/index.ts';
import { altNamesOf, fulcioClaims, parseCertificate } from '../../trust/index.ts';
import type { Evidence, SubjectReport } from '../../verify/index.ts';

/** Names that cosign prints claims of a certificate under, beside their object identifiers (cosign `pkg/cosign/certextensions.go`). */
const CLAIMS: readonly (readonly [ours: string, oid: string, theirs: string])[] = [
  ['issuer', '1.3.6.1.4.1.57264.1.1', 'Issuer'],
  ['githubWorkflowTrigger', '1.3.6.1.4.1.57264.1.2', 'githubWorkflowTrigger'],
  ['githubWorkflowSHA', '1.3.6.1.4.1.57264.1.3', 'githubWorkflowSha'],
  ['githubWorkflowName', '1.3.6.1.4.1.57264.1.4', 'githubWorkflowName'],
  ['githubWorkflowRepository', '1.3.6.1.4.1.57264.1.5', 'githubWorkflowRepository'],
  ['githubWorkflowRef', '1.3.6.1.4.1.57264.1.6', 'githubWorkflowRef'],
];

/**
 * What cosign prints of a signature: the payload of simple signing, with the certificate's names, the log's entry and the timestamp in `optional`;
 * of a statement the same facts in that form. With `bare`, the payload alone (`--output text`).
 */
export function cosignSignature(e: Evidence, r: SubjectReport, bare: boolean): Json {
  const { entity } = e;
  if (entity?.content.kind !== 'payload') return fromStatement(entity, r);
  const { critical = null, optional = null } = objectOf(parseJson(Buffer.from(entity.content.payload).toString('utf8'), 'payload'));
  const all: { [k: string]: Json } = { ...objectOf(optional), ...(bare ? {} : beside(entity)) };
  // Go writes maps in the order of their names.
  const names = Object.keys(all).sort();
  return { critical, optional: names.length === 0 ? optional : Object.fromEntries(names.map((n) => [n, all[n] ?? null])) };
}

/** Go's JSON: what could end a script in HTML is escaped. */
export function goJson(value: Json): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function fromStatement(entity: SignedEntity | undefined, r: SubjectReport): Json {
  const result = entity?.content.kind === 'dsse' ? statementOf(entity.content.envelope) : undefined;
  const subjects = result !== undefined && 'statement' in result ? result.statement.subjects : [];
  const annotations =
    subjects.find((s) => [...s.digests].some(([a, hex]) => r.digest === `${a}:${hex}`))?.annotations ?? new Map<string, Json>();
  return {
    critical: {
      identity: { 'docker-reference': cosignReference(r.reference) },
      image: { 'docker-manifest-digest': r.digest ?? '' },
      type: 'https://sigstore.dev/cosign/sign/v1',
    },
    optional: Object.fromEntries([...annotations].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** With a digest cosign leaves the tag out, and it calls Docker's registry by its other name. */
function cosignReference(reference: string): string {
  return reference.replace(/:[^:/@]+@/, '@').replace(/^docker\.io\//, 'index.docker.io/');
}

function beside(entity: SignedEntity): { [k: string]: Json } {
  const [entry] = entity.logEntries;
  const [stamp] = entity.timestamps;
  return {
    ...certified(entity),
    ...(entry?.promise === undefined
      ? {}
      : {
          Bundle: {
            SignedEntryTimestamp: encodeBase64(entry.promise),
            Payload: {
              body: encodeBase64(entry.body),
              integratedTime: entry.integratedTime,
              logIndex: Number(entry.logIndex),
              logID: encodeHex(entry.logId),
            },
          },
        }),
    ...(stamp === undefined ? {} : { RFC3161Timestamp: { SignedRFC3161Timestamp: encodeBase64(stamp.der) } }),
  };
}

function certified({ material }: SignedEntity): { [k: string]: Json } {
  const leaf = material.kind === 'certificate' ? material.chain[0] : undefined;
  if (leaf === undefined) return {};
  const certificate = parseCertificate(leaf);
  const claims = fulcioClaims(certificate);
  const names = altNamesOf(certificate);
  // The order in which cosign looks for a subject.
  const first = (['dns', 'email', 'ip', 'uri', 'other'] as const).flatMap((kind) => names.filter((n) => n.kind === kind))[0];
  const stated = CLAIMS.flatMap(([ours, oid, theirs]) => {
    const value = claims.get(ours);
    return value === undefined ? [] : [[oid, value] as const, [theirs, value] as const];
  });
  return { Subject: first?.value ?? '', ...Object.fromEntries(stated) };
}

function objectOf(value: Json): { readonly [k: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { readonly [k: string]: Json }) : {};
}
