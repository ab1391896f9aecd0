import type { PublicKey } from '../../crypto/index.ts';
import type { CertificateAuthority, CtLog, TimestampAuthority, TrustMaterial } from '../../trust/material.ts';
import type { TransparencyLog } from '../../trust/transparency/index.ts';
import { contains, type Validity } from '../../trust/validity.ts';
import type { Output } from '../output/output.ts';
import { columns } from '../text/columns.ts';
import { printable } from '../text/printable.ts';
import { iso } from './trust-state.ts';

type Authority = CertificateAuthority | TimestampAuthority;
type Log = TransparencyLog | CtLog;

/** Everything that a trusted root lets be believed, as JSON. Key ids are those of CONTRACT: SHA-256 of the SubjectPublicKeyInfo. */
export function materialJson(material: TrustMaterial): object {
  return {
    logs: material.logs.map(logJson),
    ctLogs: material.ctLogs.map(logJson),
    certificateAuthorities: material.certificateAuthorities.map(authorityJson),
    timestampAuthorities: material.timestampAuthorities.map(authorityJson),
  };
}

function logJson(log: Log): object {
  return {
    baseUrl: log.baseUrl,
    logId: Buffer.from(log.logId).toString('hex'),
    keyId: log.key.keyId,
    algorithm: algorithmOf(log.key),
    validFor: windowJson(log.validFor),
  };
}

function authorityJson(authority: Authority): object {
  const chain = authority.chain.map((c) => ({
    subject: c.subjectText,
    issuer: c.issuerText,
    notBefore: iso(c.notBefore),
    notAfter: iso(c.notAfter),
    fingerprint: `sha256:${c.fingerprint}`,
  }));
  return { uri: authority.uri, validFor: windowJson(authority.validFor), chain };
}

function windowJson({ start, end }: Validity): object {
  return { ...(start === undefined ? {} : { start: iso(start) }), ...(end === undefined ? {} : { end: iso(end) }) };
}

/** The same for people; `now` (milliseconds since 1970) only marks what has ended. */
export function printMaterial(out: Output, material: TrustMaterial, now: number): void {
  const log = (l: Log): string[] => [
    `  ${printable(l.baseUrl)}`,
    algorithmOf(l.key),
    idText(Buffer.from(l.logId).toString('hex'), out.verbose),
    windowText(l.validFor, now),
  ];
  const authority = (a: Authority): string[] => [
    `  ${printable(a.uri)}`,
    printable(a.chain.at(-1)?.subjectText ?? ''),
    count(a.chain.length),
    windowText(a.validFor, now),
  ];
  section(out, 'transparency logs', material.logs.map(log));
  section(out, 'certificate transparency logs', material.ctLogs.map(log));
  section(out, 'certificate authorities', material.certificateAuthorities.map(authority));
  section(out, 'timestamp authorities', material.timestampAuthorities.map(authority));
}

function section(out: Output, title: string, rows: readonly (readonly string[])[]): void {
  out.print(`\n${out.style.bold(title)}\n${rows.length === 0 ? '  none' : columns(rows).join('\n')}\n`);
}

function algorithmOf(key: PublicKey): string {
  if (key.type === 'ed25519') return 'Ed25519';
  return key.curve === undefined ? `RSA ${key.handle.asymmetricKeyDetails?.modulusLength ?? ''}`.trim() : `ECDSA ${key.curve}`;
}

function idText(hex: string, whole: boolean): string {
  return `id ${whole ? hex : hex.slice(0, 12)}`;
}

function count(n: number): string {
  return n === 1 ? '1 certificate' : `${n} certificates`;
}

function windowText(window: Validity, now: number): string {
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
  if (window.start === undefined) return 'no beginning: believed at no time';
  const text = `${day(window.start)} to ${window.end === undefined ? 'now' : day(window.end)}`;
  if (contains(window, now)) return text;
  return `${text} (${window.start > now ? 'not yet valid' : 'ended; older evidence still counts'})`;
}
