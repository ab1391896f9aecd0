import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssayError } from '../../errors.ts';
import { DAY, issueLeaf, makeAuthority, nameConstraints, newKey } from '../../testing/index.ts';
import { altNamesOf, embeddedScts, findPaths, fulcioClaims, parseCertificate, validAt } from './index.ts';

const NOW = new Date('2025-03-01T00:00:00Z');
const ct = { key: newKey() };
const ca = makeAuthority({
  now: NOW,
  keyKind: 'p256',
  intermediateExtensions: (l) => [...l, nameConstraints([{ uri: 'github.com' }], [{ email: 'x@y' }])],
});
const claims = new Map(Array.from({ length: 15 }, (_, i) => [i + 9, `https://claim.example/${i}`] as const));
const leaf = issueLeaf(ca, ct, NOW, { claims, sans: [{ uri: 'https://github.com/acme' }, { ip: [1, 2, 3, 4] }, { other: 'me' }] });
const graph = {
  anchors: [parseCertificate(ca.root.der)],
  intermediates: [parseCertificate(ca.issuing.der)],
  usage: 'codeSigning',
} as const;

/** Everything that a verifier would do with a certificate. Throws what they throw. */
function use(der: Uint8Array): boolean {
  const certificate = parseCertificate(der);
  altNamesOf(certificate);
  fulcioClaims(certificate);
  embeddedScts(certificate);
  expect(typeof certificate.subjectText + typeof certificate.issuerText).toBe('stringstring');
  const found = findPaths(certificate, graph);
  return 'paths' in found && found.paths.every((path) => typeof validAt(path, NOW.getTime() - DAY) !== 'number');
}

/** Whether there is a path; errors of ours count as no. */
function accepted(der: Uint8Array): boolean {
  try {
    return use(der);
  } catch (error) {
    if (error instanceof AssayError && error.group !== 'internal') return false;
    throw error;
  }
}

function flipped(der: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(der);
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return copy;
}

describe('a certificate that was changed', () => {
  test('is the control when it was not', () => {
    expect(accepted(leaf.der)).toBe(true);
  });

  test('in any one bit has no path', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: leaf.der.length * 8 - 1 }), (bit) => !accepted(flipped(leaf.der, bit))),
      { numRuns: 3000 },
    );
  });

  test('in several bytes, or cut, or lengthened, throws nothing but errors of ours', () => {
    const edit = fc.record({ at: fc.nat(leaf.der.length - 1), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 4 }), fc.nat(leaf.der.length), fc.uint8Array({ maxLength: 8 }), (edits, length, tail) => {
        const copy = Buffer.from(leaf.der);
        for (const { at, value } of edits) copy[at] = value;
        accepted(Buffer.concat([copy.subarray(0, length), tail]));
        accepted(copy);
      }),
      { numRuns: 2000 },
    );
  });

  test('into any bytes at all throws nothing but errors of ours', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => !accepted(bytes)));
  });
});
