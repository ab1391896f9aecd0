import { utf8Decode } from '../../../bytes/index.ts';
import { attributeType } from '../../../trust/index.ts';
import type { SubjectRule } from '../../../verify/index.ts';

/** A name that was read, or why it cannot be one of the names that are trusted. */
export type ReadName = { readonly rule: SubjectRule } | { readonly problem: string };

/** Attribute types by name, as subject rules call them: short names where reports have one, else the OID (RFC 4514 §3, RFC 4519, X.520). */
const TYPES: ReadonlyMap<string, string> = new Map([
  ...['C', 'ST', 'L', 'O', 'OU', 'CN', 'STREET', 'DC', 'UID', 'SERIALNUMBER', 'EMAILADDRESS'].map((t) => [t, t] as const),
  ['S', 'ST'],
  ['E', 'EMAILADDRESS'],
  ['SN', '2.5.4.4'],
  ['TITLE', '2.5.4.12'],
  ['POSTALCODE', '2.5.4.17'],
  ['GIVENNAME', '2.5.4.42'],
  ['GN', '2.5.4.42'],
  ['DNQUALIFIER', '2.5.4.46'],
]);

const MANDATORY = ['C', 'ST', 'O'];
const OID = /^(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+$/;

/**
 * Reads a distinguished name (RFC 4514 §3) by the rules of trusted identities (trust-store-trust-policy.md, "Trusted Identities Constraints"): C, ST
 * (or S) and O are there, no attribute comes twice, none has several values in one part, and none is given in hexadecimal.
 */
export function readName(text: string): ReadName {
  if (text.includes('=#')) return { problem: 'a value in hexadecimal ("=#…") is not supported' };
  const parts = splitAt(text, ',');
  const rule = new Map<string, string>();
  for (const part of parts) {
    const attribute = readPart(part.trimStart());
    if ('problem' in attribute) return attribute;
    if (rule.has(attribute.type)) return { problem: `the attribute ${attribute.type} is there twice` };
    rule.set(attribute.type, attribute.value);
  }
  const missing = MANDATORY.filter((type) => !rule.has(type));
  if (missing.length > 0)
    return { problem: `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing: C, ST (or S) and O are required` };
  return { rule };
}

/** Whether everything that the first rule asks for is what the second asks for too. */
export function isWithin(rule: SubjectRule, other: SubjectRule): boolean {
  return [...rule].every(([type, value]) => other.get(type) === value);
}

function readPart(part: string): { readonly type: string; readonly value: string } | { readonly problem: string } {
  const at = part.indexOf('=');
  if (at < 0) return { problem: `${JSON.stringify(part.slice(0, 80))} is no attribute: TYPE=VALUE is expected` };
  if (splitAt(part.slice(at + 1), '+').length > 1) return { problem: 'parts with several attributes ("+") are not supported' };
  const name = part.slice(0, at).trim();
  const type = TYPES.get(name.toUpperCase()) ?? (OID.test(name) && name.length <= 128 ? attributeType(name) : undefined);
  if (type === undefined) return { problem: `there is no attribute type ${JSON.stringify(name.slice(0, 80))}` };
  const value = unescaped(part.slice(at + 1));
  if (value === undefined)
    return { problem: `the value of ${type} has a character that needs a backslash, or a backslash that escapes nothing` };
  return value === '' ? { problem: `the value of ${type} is empty` } : { type, value };
}

/** The parts of a text between separators that no backslash escapes. */
function splitAt(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === separator) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/** The value that an escaped one stands for (RFC 4514 §2.4), without the spaces around it; `undefined` when it is not well formed. */
function unescaped(text: string): string | undefined {
  const bytes: number[] = [];
  let end = 0;
  const trimmed = text.replace(/^ +/, '');
  for (let i = 0; i < trimmed.length; ) {
    const [char = ''] = trimmed.slice(i, i + 2);
    if (char === '\\') {
      const escaped = trimmed.slice(i + 1);
      const hex = /^[0-9a-fA-F]{2}/.exec(escaped)?.[0];
      if (hex === undefined && !/^[ "#+,;<=>\\]/.test(escaped)) return undefined;
      bytes.push(hex === undefined ? escaped.charCodeAt(0) : Number.parseInt(hex, 16));
      i += 1 + (hex?.length ?? 1);
      end = bytes.length;
      continue;
    }
    if (/["+,;<>\0]/.test(char)) return undefined;
    bytes.push(...Buffer.from(char));
    i += char.length;
    if (char !== ' ') end = bytes.length;
  }
  try {
    return utf8Decode(Buffer.from(bytes.slice(0, end)), 'value');
  } catch {
    return undefined;
  }
}
