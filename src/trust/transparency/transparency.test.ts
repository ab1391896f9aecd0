import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importPublicKey, sha256 } from '../../crypto/index.ts';
import { ALWAYS } from '../validity.ts';
import { leafHash, parseCheckpoint, rootFromProof, signedByLog, type TransparencyLog } from './index.ts';

/** A Merkle tree as RFC 6962 §2.1 defines it, written from the definition. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return leafHash(leaves[0] as Buffer);
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return sha256(Buffer.of(1), rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

function proofOf(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return m < k
    ? [...proofOf(m, leaves.slice(0, k)), rootOf(leaves.slice(k))]
    : [...proofOf(m - k, leaves.slice(k)), rootOf(leaves.slice(0, k))];
}

describe('inclusion proofs', () => {
  const tree = (n: number): Buffer[] => Array.from({ length: n }, (_, i) => Buffer.from(`leaf ${i}`));

  test('every leaf of every small tree leads to its root', () => {
    for (let n = 1; n <= 33; n++) {
      const leaves = tree(n);
      for (let i = 0; i < n; i++)
        expect(rootFromProof(leafHash(leaves[i] as Buffer), BigInt(i), BigInt(n), proofOf(i, leaves))).toEqual(rootOf(leaves));
    }
  });

  test('no other index, size, or list of hashes does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), fc.integer({ min: -2, max: 3 }), (n, at, other, change) => {
        const leaves = tree(n);
        const i = at % n;
        const proof = proofOf(i, leaves);
        const leaf = leafHash(leaves[i] as Buffer);
        const j = other % n;
        if (j !== i) expect(rootFromProof(leaf, BigInt(j), BigInt(n), proof)).not.toEqual(rootOf(leaves));
        const size = n + change;
        const root =
          size > 0
            ? rootFromProof(
                leaf,
                BigInt(i),
                BigInt(size),
                change > 0 ? [...proof, leaf] : proof.slice(0, proof.length + Math.min(change, -1)),
              )
            : undefined;
        expect(root).not.toEqual(rootOf(leaves));
      }),
    );
    expect(rootFromProof(leafHash(Buffer.of(1)), 0n, 0n, [])).toBeUndefined();
    expect(rootFromProof(leafHash(Buffer.of(1)), -1n, 1n, [])).toBeUndefined();
    expect(rootFromProof(leafHash(Buffer.of(1)), 0n, 2n, [Buffer.alloc(31)])).toBeUndefined();
  });
});

describe('checkpoints', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = importPublicKey(publicKey.export({ type: 'spki', format: 'der' }));
  const log: TransparencyLog = {
    baseUrl: 'https://log.test',
    host: 'log.test',
    key,
    logId: sha256(key.spki),
    checkpointKeyId: undefined,
    validFor: ALWAYS,
  };
  const text = `log.test\n5\n${sha256(Buffer.of(1)).toString('base64')}\n`;
  const hint = sha256(Buffer.concat([Buffer.from('log.test\n\x01'), Buffer.from(key.spki).subarray(-32)])).subarray(0, 4);
  const line = (name: string, h: Buffer, body = text): string =>
    `\u2014 ${name} ${Buffer.concat([h, sign(null, Buffer.from(body), privateKey)]).toString('base64')}\n`;
  const witness = `\u2014 witness.test ${Buffer.alloc(76, 7).toString('base64')}\n`;

  test('a note of the log, among witnesses, whatever their order', () => {
    for (const lines of [line('log.test', hint), witness + line('log.test', hint), line('log.test', hint) + witness])
      expect(signedByLog(parseCheckpoint(`${text}\n${lines}`), log)).toBe(true);
  });
  test('another name, another hint, a changed text, only witnesses, one good and one bad line', () => {
    expect(signedByLog(parseCheckpoint(`${text}\n${line('other.test', hint)}`), log)).toBe(false);
    expect(signedByLog(parseCheckpoint(`${text}\n${line('log.test', Buffer.alloc(4))}`), log)).toBe(false);
    expect(signedByLog(parseCheckpoint(`${text.replace('5', '6')}\n${line('log.test', hint)}`), log)).toBe(false);
    expect(signedByLog(parseCheckpoint(`${text}\n${witness}`), log)).toBe(false);
    expect(signedByLog(parseCheckpoint(`${text}\n${line('log.test', hint)}${line('log.test', hint, 'other')}`), log)).toBe(false);
  });
  test.each([
    '',
    'no signatures\n5\nAAAA\n',
    `${text}\n`,
    `${text}\n- log.test AAAA\n`,
    `log.test\n05\n${'A'.repeat(43)}=\n\n\u2014 a AAAAAAAA\n`,
    `log.test\n5\nAAAA\n\n\u2014 a AAAAAAAA\n`,
    `${text}\n\u2014 log.test AAAA`,
  ])('is no checkpoint: %j', (note) => {
    expect(() => parseCheckpoint(note)).toThrowError(expect.objectContaining({ code: 'log-entry-invalid' }));
  });
});
