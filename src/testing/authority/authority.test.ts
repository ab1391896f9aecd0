import { X509Certificate } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../oci/digest.ts';
import {
  type BundleOptions,
  type BundleVersion,
  createMerkleTree,
  createVirtualSigstore,
  dsseBundle,
  type EvidenceSigner,
  inTotoStatement,
  type KeyKind,
  type LeafOptions,
  leafHash,
  messageBundle,
  nodeHash,
  PREDICATES,
  type VirtualSigstore,
} from './index.ts';

const lab = createVirtualSigstore({ name: 'peer' });
const subject = digestOf(Buffer.from('image'));
const payload = inTotoStatement(subject, PREDICATES.slsa1);

function keyless(sigstore: VirtualSigstore = lab, leaf: LeafOptions = {}): EvidenceSigner {
  return { kind: 'certificate', certificate: sigstore.issue(leaf), chain: sigstore.ca.chain };
}

// The peer's verifier, which shares no line with ours or with the fakes.
function peerAccepts(bundle: object, sigstore = lab, thresholds: object = {}, message?: Buffer): void {
  const trust = toTrustMaterial(TrustedRoot.fromJSON(sigstore.trustedRoot()));
  const entity = toSignedEntity(bundleFromJSON(JSON.parse(JSON.stringify(bundle))), message);
  new Verifier(trust, { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1, ...thresholds }).verify(entity);
}

describe('what the virtual Sigstore makes verifies elsewhere', () => {
  test.each(['0.1', '0.2', '0.3'] as const)('a DSSE bundle %s', (version: BundleVersion) => {
    expect(() => peerAccepts(dsseBundle(lab, keyless(), payload, { version }))).not.toThrow();
  });

  test.each(['dsse/0.0.1', 'intoto/0.0.2'] as const)('an entry %s', (kind) => {
    expect(() => peerAccepts(dsseBundle(lab, keyless(), payload, { logs: [{ kind }] }))).not.toThrow();
  });

  test('a message bundle', () => {
    const message = Buffer.from('hello');
    expect(() => peerAccepts(messageBundle(lab, keyless(), message), lab, {}, message)).not.toThrow();
  });

  test('a Rekor v2 entry with witnesses, and a timestamp', () => {
    const options: BundleOptions = { logs: [{ log: lab.rekor2 }], timestamps: [{}] };
    const message = Buffer.from('hello');
    expect(() => peerAccepts(messageBundle(lab, keyless(), message, options), lab, {}, message)).not.toThrow();
  });

  test.each([1, 2, 3, 7, 8, 64, 100])('an inclusion proof in a tree that holds %i other leaves', (leaves) => {
    const sized = createVirtualSigstore({ name: 'sized', leaves });
    expect(() => peerAccepts(dsseBundle(sized, keyless(sized), payload), sized)).not.toThrow();
  });

  test('the peer refuses what a stranger made', () => {
    const stranger = createVirtualSigstore({ name: 'stranger' });
    expect(() => peerAccepts(dsseBundle(stranger, keyless(stranger), payload))).toThrow();
  });

  test.each(['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] as const)('a certificate for a %s key, read by OpenSSL', (keyKind: KeyKind) => {
    const leaf = lab.issue({ keyKind, claims: new Map([[12, 'https://github.com/acme/app']]) });
    const parsed = new X509Certificate(leaf.der);
    expect(parsed.verify(new X509Certificate(lab.ca.issuing.der).publicKey)).toBe(true);
    expect(parsed.publicKey.equals(leaf.key.publicKey)).toBe(true);
  });
});

test('a tree of every size proves each of its leaves', () => {
  for (let size = 1; size <= 33; size++) {
    const tree = createMerkleTree();
    for (let i = 0; i < size; i++) tree.append(Buffer.of(i));
    for (let i = 0; i < size; i++) expect(climb(Buffer.of(i), i, size, tree.path(i))).toEqual(tree.root());
  }
});

// RFC 9162 §2.1.3.2, which is another algorithm than the one that makes the proof.
function climb(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer {
  let [fn, sn, r] = [index, size - 1, leafHash(leaf)];
  for (const p of path) {
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else r = nodeHash(r, p);
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  expect(sn).toBe(0);
  return r;
}
