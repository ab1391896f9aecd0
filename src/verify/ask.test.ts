import { beforeAll, describe, expect, test } from 'vitest';
import { createMemoryStore, type StoredManifest } from '../oci/index.ts';
import { decodeBundle } from '../signature/index.ts';
import {
  createVirtualSigstore,
  dsseBundle,
  type EvidenceSigner,
  GITHUB_ISSUER,
  inTotoStatement,
  messageBundle,
  newKey,
  PREDICATES,
  pushBundle,
  pushImage,
  sharedKey,
  WORKFLOW,
} from '../testing/index.ts';
import { parseTrustedRoot } from '../trust/index.ts';
import { attestedBy, fileSubject, identity, imageSubject, publicKey, signedBy } from './ask.ts';
import type { Requirement } from './requirement.ts';
import { verifySubject } from './subject.ts';
import { verifyEvidence } from './verifier.ts';

const sigstore = createVirtualSigstore();
const trust = parseTrustedRoot(JSON.stringify(sigstore.trustedRoot()));
const now = sigstore.now.getTime();
const key = newKey();
const byKey: EvidenceSigner = { kind: 'key', key };
const byWorkflow: EvidenceSigner = { kind: 'certificate', certificate: sigstore.issue(), chain: sigstore.ca.chain };
const store = createMemoryStore();
let image: StoredManifest;

beforeAll(async () => {
  const pushed = pushImage(store, 'app', { tag: 'v1' });
  pushBundle(store, pushed, dsseBundle(sigstore, byKey, inTotoStatement(pushed.digest, PREDICATES.sign), { logs: [{}] }));
  pushBundle(store, pushed, dsseBundle(sigstore, byWorkflow, inTotoStatement(pushed.digest, PREDICATES.slsa1)));
  const stored = await store.resolve('v1');
  if (stored === undefined) throw new Error('the image is not there');
  image = stored;
});

async function outcomeOf(requirement: Requirement): Promise<string> {
  return (await verifySubject({ ...imageSubject(image), stores: [store], requirement, now })).outcome;
}

describe('about an image', () => {
  const holder = publicKey(key.spkiPem, 'cosign.pub');
  const workflow = identity(WORKFLOW, GITHUB_ISSUER);

  test('the holder of a key has signed, a workflow has attested', async () => {
    expect(await outcomeOf(signedBy([holder], trust))).toBe('verified');
    expect(await outcomeOf(attestedBy('slsaprovenance1', [workflow], trust))).toBe('verified');
  });

  test('a signature is no attestation, and an attestation no signature', async () => {
    expect(await outcomeOf(signedBy([workflow], trust))).not.toBe('verified');
    expect(await outcomeOf(attestedBy('slsaprovenance1', [holder], trust))).not.toBe('verified');
    expect(await outcomeOf(attestedBy('cyclonedx', [workflow], trust))).toBe('unsigned');
  });

  test('a threshold counts those who signed', async () => {
    expect(await outcomeOf(signedBy([holder, workflow], trust, { threshold: 2 }))).toBe('untrusted');
  });

  test('claims of the certificate are asked for by name', async () => {
    const claims = new Map([['sourceRepositoryURI', 'https://github.com/acme/other']]);
    expect(await outcomeOf(attestedBy('slsaprovenance1', [identity(WORKFLOW, GITHUB_ISSUER, claims)], trust))).toBe('untrusted');
  });
});

test('about a file: a signature over it, and over no other', async () => {
  const bytes = Buffer.from('a file');
  const entity = decodeBundle(Buffer.from(JSON.stringify(messageBundle(sigstore, byWorkflow, bytes))));
  const ask = { wanted: { kind: 'signature' }, authorities: [identity(WORKFLOW, GITHUB_ISSUER)], trust, demands: {}, now } as const;
  expect((await verifyEvidence(entity, { ...ask, subject: fileSubject(bytes) })).outcome).toBe('verified');
  expect((await verifyEvidence(entity, { ...ask, subject: fileSubject(Buffer.from('another')) })).outcome).toBe('invalid');
});

test('a statement about a file is not taken for a signature over it', async () => {
  const bytes = Buffer.from('a file');
  const subject = fileSubject(bytes);
  const statement = inTotoStatement(`sha256:${subject.digests.get('sha256')}`, PREDICATES.slsa1);
  const entity = decodeBundle(Buffer.from(JSON.stringify(dsseBundle(sigstore, byWorkflow, statement))));
  const authorities = [identity(WORKFLOW, GITHUB_ISSUER)];
  const { outcome } = await verifyEvidence(entity, { subject, wanted: { kind: 'signature' }, authorities, trust, demands: {}, now });
  expect(outcome).not.toBe('verified');
});

describe('who is asked for', () => {
  test('a key in either form of PEM', () => {
    const rsa = sharedKey('rsa2048');
    const pkcs1 = rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(publicKey(pkcs1).key.keyId).toBe(publicKey(rsa.spkiPem).key.keyId);
  });

  test.each([
    ['no PEM', 'pem-invalid', 'nothing'],
    ['two keys', 'key-invalid', key.spkiPem + key.spkiPem],
    ['a private key', 'key-invalid', key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['a certificate', 'key-invalid', byWorkflow.certificate.pem],
  ])('%s is refused with %s', (_, code, pem) => {
    expect(() => publicKey(pem)).toThrow(expect.objectContaining({ code }));
  });

  test('an identity without subject or issuer is refused', () => {
    expect(() => identity('', GITHUB_ISSUER)).toThrow(expect.objectContaining({ code: 'identity-invalid' }));
    expect(() => identity(WORKFLOW, '')).toThrow(expect.objectContaining({ code: 'identity-invalid' }));
  });
});
