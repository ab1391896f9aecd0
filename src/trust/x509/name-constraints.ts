import { type Bytes, equal } from '../../bytes/index.ts';
import { children, type DerValue, expectTag, readDer, TAG } from '../../codec/der/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type GeneralName, NAME, parseGeneralName } from './general-name.ts';
import { invalid } from './invalid.ts';
import { ipText } from './ip.ts';
import { comparable } from './name.ts';
import { utf8Text } from './text.ts';

/** Which names a CA may certify (RFC 5280 §4.2.1.10): the bases of the subtrees. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** Throws `certificate-invalid` | `der-invalid`. */
export function parseNameConstraints(value: Bytes): NameConstraints {
  const parts = children(expectTag(readDer(value), TAG.sequence, 'name constraints'));
  const order = parts.map((p) => [0xa0, 0xa1].indexOf(p.tag));
  if (parts.length === 0 || order.some((at, i) => at < 0 || at <= (order[i - 1] ?? -1)))
    throw invalid('name constraints are not permitted and excluded names');
  const of = (tag: number): readonly GeneralName[] => parts.filter((p) => p.tag === tag).flatMap(subtrees);
  return { permitted: of(0xa0), excluded: of(0xa1) };
}

function subtrees(list: DerValue): GeneralName[] {
  const bases = children(list).map((subtree) => {
    // The distances have one legal value each, which is not encoded: minimum 0 and no maximum.
    const [base, rest] = children(expectTag(subtree, TAG.sequence, 'name constraint'));
    if (base === undefined || rest !== undefined) throw invalid('name constraint is not one name');
    return checkBase(parseGeneralName(base, 'name constraint'));
  });
  if (bases.length === 0) throw invalid('name constraints hold an empty list');
  return bases;
}

function checkBase(base: GeneralName): GeneralName {
  if (base.kind !== NAME.ip) return base;
  const { value } = base;
  if (value.length !== 8 && value.length !== 32) throw invalid('name constraint has an IP range of a wrong length');
  // A mask is ones, then zeros.
  const mask = [...value.subarray(value.length / 2)].map((b) => b.toString(2).padStart(8, '0')).join('');
  if (!/^1*0*$/.test(mask)) throw invalid('name constraint has an IP mask with a gap');
  return base;
}

/** How many comparisons a path has left: guards against long lists on both sides. */
export interface Budget {
  left: number;
}

/** A fresh budget of `LIMITS.nameComparisons`. */
export function nameBudget(): Budget {
  return { left: LIMITS.nameComparisons };
}

/**
 * The first name that the constraints forbid, with the reason; `undefined` when there is none. Names of a kind that is constrained
 * and that Assay cannot compare are forbidden. Throws `limit` when the budget is spent.
 */
export function forbiddenName(constraints: NameConstraints, names: readonly GeneralName[], budget: Budget): string | undefined {
  for (const name of names) {
    const permitted = constraints.permitted.filter((base) => base.kind === name.kind);
    const excluded = constraints.excluded.filter((base) => base.kind === name.kind);
    budget.left -= constraints.permitted.length + constraints.excluded.length;
    if (budget.left < 0) throw new AssayError('limit', `more than ${LIMITS.nameComparisons} comparisons of names with name constraints`);
    if (permitted.length + excluded.length === 0) continue;
    const within = withinOf(name);
    if (within === undefined) return `${shown(name)} cannot be compared with the name constraints`;
    if (excluded.some(within)) return `${shown(name)} is excluded`;
    if (permitted.length > 0 && !permitted.some(within)) return `${shown(name)} is not among the permitted names`;
  }
  return undefined;
}

function shown({ kind, value }: GeneralName): string {
  if (kind === NAME.ip) return `IP address ${ipText(value)}`;
  if (kind === NAME.email || kind === NAME.dns || kind === NAME.uri) return `"${utf8Text(value)}"`;
  return kind === NAME.directory ? 'the directory name' : 'a name of another kind';
}

type Within = (base: GeneralName) => boolean;

// How a name is compared with a base of its kind; `undefined` when it cannot be.
function withinOf({ kind, value }: GeneralName): Within | undefined {
  switch (kind) {
    case NAME.email:
      return emailWithin(utf8Text(value));
    case NAME.dns:
      return dnsWithin(utf8Text(value).toLowerCase());
    case NAME.uri:
      return uriWithin(utf8Text(value));
    case NAME.ip:
      return (base) => ipWithin(value, base.value);
    case NAME.directory: {
      const parts = comparable(value);
      return (base) => comparable(base.value).every((part, i) => part === parts[i]);
    }
    default:
      return undefined;
  }
}

// "host" is that host, ".domain" every host in it, "mailbox@host" that mailbox. Only the host ignores letter case.
function emailWithin(email: string): Within | undefined {
  const at = email.lastIndexOf('@');
  if (at <= 0) return undefined;
  const host = email.slice(at + 1).toLowerCase();
  return (base) => {
    const text = utf8Text(base.value);
    const mark = text.lastIndexOf('@');
    if (mark >= 0) return text.slice(0, mark) === email.slice(0, at) && text.slice(mark + 1).toLowerCase() === host;
    return text === '' || hostWithin(host, text.toLowerCase());
  };
}

// "host" is that host, ".domain" every host in it. A URI without a host name is refused by the RFC's own words.
function uriWithin(uri: string): Within | undefined {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([a-z0-9._-]+)(?::\d*)?(?:[/?#]|$)/i.exec(uri)?.[1]?.toLowerCase();
  if (host === undefined || /^[0-9.]+$/.test(host)) return undefined;
  return (base) => hostWithin(host, utf8Text(base.value).toLowerCase());
}

function hostWithin(host: string, base: string): boolean {
  return base.startsWith('.') ? host.endsWith(base) && host.length > base.length : host === base;
}

// "host" is that host and every host in it. A wildcard stands for hosts on both sides of a constraint, so it is not judged.
function dnsWithin(host: string): Within | undefined {
  if (host.includes('*')) return undefined;
  return (base) => {
    const text = utf8Text(base.value).toLowerCase();
    return text === '' || host === text || host.endsWith(text.startsWith('.') ? text : `.${text}`);
  };
}

function ipWithin(ip: Bytes, range: Bytes): boolean {
  if (range.length !== 2 * ip.length) return false;
  const mask = range.subarray(ip.length);
  const masked = (bytes: Bytes): Bytes => bytes.map((b, i) => b & (mask[i] as number));
  return equal(masked(ip), masked(range.subarray(0, ip.length)));
}
