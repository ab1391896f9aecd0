import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { algorithmOf, hexOf, parseDigest } from '../../src/oci/digest.ts';
import { OCI_MANIFEST } from '../../src/oci/media-types.ts';
import { createMemoryStore } from '../../src/oci/memory/index.ts';
import { pushBundle } from '../../src/testing/authority/index.ts';
import { parseTrustedRoot } from '../../src/trust/index.ts';
import { exactly, verifySubject } from '../../src/verify/index.ts';
import { assay } from '../cli/harness.ts';
import { HAS_VECTORS, VECTORS } from './shared.ts';

const FOLDER = path.join(VECTORS, 'sigstore/image-attestation');
const BUNDLE = path.join(FOLDER, 'oci-attestation.sigstore.json');
const ROOT = path.join(FOLDER, 'trusted_root_pgi.json');
const DIGEST = parseDigest('sha256:732112270d7e59418a8c080b134b24cabd67d250d0d0147a97ed95ba5c280aa4');
const SUBJECT = 'cody@soyland.com';
const ISSUER = 'https://github.com/login/oauth';
const WHO = ['--certificate-identity', SUBJECT, '--certificate-oidc-issuer', ISSUER];

async function outcome(argv: readonly string[]): Promise<unknown> {
  const ran = await assay([...argv, '--bundle', BUNDLE, '--trusted-root', ROOT, '--offline', '--output', 'json']);
  return [ran.exit, (JSON.parse(ran.stdout.toString()) as { outcome: string }).outcome];
}

describe.runIf(HAS_VECTORS)("a real image's attestation, signed by a person", () => {
  test.each([
    ['verify-bundle', ['verify-bundle', ...WHO, DIGEST], [0, 'verified']],
    ['verify-blob-attestation', ['verify-blob-attestation', ...WHO, '--type', 'custom', '--digest', hexOf(DIGEST)], [0, 'verified']],
    ['another type', ['verify-blob-attestation', ...WHO, '--type', 'vuln', '--digest', hexOf(DIGEST)], [1, 'unsigned']],
    ['another image', ['verify-bundle', ...WHO, `sha256:${'0'.repeat(64)}`], [1, 'invalid']],
    [
      'another person',
      ['verify-bundle', '--certificate-identity', 'x@soyland.com', '--certificate-oidc-issuer', ISSUER, DIGEST],
      [1, 'untrusted'],
    ],
    ['as a signature', ['verify-blob', ...WHO, DIGEST], [1, 'unsigned']],
  ] as const)('%s', async (_what, argv, expected) => {
    expect(await outcome(argv)).toEqual(expected);
  });

  test('is found as a referrer of its image', async () => {
    const store = createMemoryStore();
    const image = { digest: DIGEST, mediaType: OCI_MANIFEST, size: 1, bytes: new Uint8Array() };
    pushBundle(store, image, readFileSync(BUNDLE));
    const verdict = await verifySubject({
      stores: [store],
      digest: DIGEST,
      subject: { digests: new Map([[algorithmOf(DIGEST), hexOf(DIGEST)]]), bytes: undefined },
      requirement: {
        kind: 'evidence',
        wanted: { kind: 'attestation', predicateType: undefined },
        authorities: [{ kind: 'identity', name: 'cody', subject: exactly(SUBJECT), issuer: exactly(ISSUER), claims: new Map() }],
        threshold: 1,
        demands: {},
        trust: parseTrustedRoot(readFileSync(ROOT, 'utf8')),
      },
      now: Date.now(),
    });
    expect(verdict).toMatchObject({
      outcome: 'verified',
      evidence: [{ found: 'referrers', format: 'sigstore-bundle', outcome: 'verified' }],
    });
  });
});
