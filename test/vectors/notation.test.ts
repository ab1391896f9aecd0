/** Signatures that notation made for its own tests. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { equal } from '../../src/bytes/index.ts';
import { parsePem } from '../../src/codec/pem.ts';
import { openLayout } from '../../src/oci/layout/index.ts';
import type { SignedEntity } from '../../src/signature/index.ts';
import { decodeNotationEnvelope, looksLikeNotationEnvelope } from '../../src/signature/notation/decode.ts';
import { type Certificate, createPairCache, parseCertificate, parseTimestamp } from '../../src/trust/index.ts';
import {
  type Facts,
  imageSubject,
  type NotationAuthority,
  type NotationLevel,
  type SubjectVerdict,
  verifySubject,
} from '../../src/verify/index.ts';
import { HAS_VECTORS, VECTORS } from './shared.ts';

const FOLDER = path.join(VECTORS, 'notation');
const STRICT: NotationLevel = { authenticity: 'enforce', authenticTimestamp: 'enforce', expiry: 'enforce', revocation: 'enforce' };
const AUDIT: NotationLevel = { authenticity: 'log', authenticTimestamp: 'log', expiry: 'log', revocation: 'log' };
const E2E = new Map([
  ['C', 'US'],
  ['ST', 'WA'],
  ['O', 'Notary'],
]);
/** A moment in the three hours of the timestamped signature, and one long after all of them. */
const SOON = Date.parse('2025-01-21T10:00:00Z');
const LATER = Date.parse('2026-06-01T00:00:00Z');

/** The first certificate of a file, PEM or DER. */
function certificate(name: string): Certificate {
  const bytes = readFileSync(path.join(FOLDER, 'certs', name));
  const der = bytes[0] === 0x30 ? bytes : parsePem(bytes.toString(), name)[0]?.bytes;
  if (der === undefined) throw new Error(`${name} is empty`);
  return parseCertificate(der);
}

/** The envelope in a layout: the timestamped one was made with certificates that are nowhere else. */
function envelopeIn(layout: string): SignedEntity {
  const blobs = path.join(FOLDER, 'oci-layout', layout, 'blobs/sha256');
  for (const name of readdirSync(blobs)) {
    const bytes = readFileSync(path.join(blobs, name));
    if (looksLikeNotationEnvelope(bytes)) return decodeNotationEnvelope(bytes);
  }
  throw new Error(`${layout} holds no signature`);
}

function signerOf({ material }: SignedEntity): Certificate {
  if (material.kind !== 'certificate' || material.chain[0] === undefined) throw new Error('no certificate');
  return parseCertificate(material.chain[0]);
}

/** The highest certificate in the timestamp. */
function authorityOf({ timestamps }: SignedEntity): Certificate {
  const certificates = timestamps.flatMap((t) => parseTimestamp(t.der).certificates);
  const top = certificates.find((c) => c.basicConstraints?.ca && !certificates.some((o) => o !== c && equal(o.subject, c.issuer)));
  if (top === undefined) throw new Error('no authority');
  return top;
}

interface Asking {
  readonly level?: NotationLevel;
  readonly now?: number;
  readonly identities?: NotationAuthority['identities'];
  readonly anchor?: Certificate;
  readonly tsa?: readonly Certificate[];
  readonly facts?: Facts;
  readonly annotations?: ReadonlyMap<string, string>;
}

async function ask(layout: string, asking: Asking = {}): Promise<SubjectVerdict> {
  const { level = STRICT, now = LATER, identities = [E2E], anchor = certificate('e2e.crt'), tsa, facts, annotations } = asking;
  const store = await openLayout('layout', path.join(FOLDER, 'oci-layout', layout));
  const image = await store.resolve('v1');
  if (image === undefined) throw new Error(`${layout} has no v1`);
  return verifySubject({
    stores: [store],
    ...imageSubject(image),
    requirement: {
      kind: 'evidence',
      wanted: { kind: 'signature' },
      authorities: [
        {
          kind: 'notation',
          name: 'e2e',
          stores: { ca: [anchor], signingAuthority: [], tsa },
          identities,
          foreignIdentities: [],
          level,
          verifyTimestamp: 'always',
        },
      ],
      threshold: 1,
      demands: annotations === undefined ? {} : { annotations },
      trust: { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [], pairs: createPairCache() },
    },
    now,
    ...(facts === undefined ? {} : { facts }),
  });
}

const good: Facts = {
  revocation: async (chain) => chain.slice(0, -1).map((c) => ({ certificate: c, status: 'good', reason: 'said so' })),
};

if (!HAS_VECTORS) process.stderr.write(`vectors missing at ${VECTORS}: nothing that notation made was checked\n`);

describe.runIf(HAS_VECTORS)('layouts that notation signed', () => {
  test('a valid signature, stored in the first form of its manifest', async () => {
    const verdict = await ask('e2e-valid-signature');
    expect(verdict).toMatchObject({ outcome: 'verified', errors: [] });
    expect(verdict.evidence).toMatchObject([
      {
        format: 'notation-jws',
        outcome: 'verified',
        found: 'fallback-tag',
        signer: { kind: 'certificate', subject: certificate('e2e.crt').subjectText },
        times: [],
      },
    ]);
  });

  test.each([
    ['another subject', { identities: [new Map([...E2E, ['CN', 'other']])] }, 'untrusted'],
    ['another authority', { anchor: HAS_VECTORS ? certificate('expired_e2e.crt') : undefined }, 'untrusted'],
    ['a timestamp is demanded', { tsa: [] }, 'untrusted'],
    ['metadata that is not signed', { annotations: new Map([['purpose', 'e2e']]) }, 'denied'],
    ['before the certificate was valid', { now: Date.parse('2022-01-01T00:00:00Z') }, 'expired'],
  ] as const)('a valid signature, and %s', async (_what, asking, outcome) => {
    expect(await ask('e2e-valid-signature', asking as Asking)).toMatchObject({ outcome });
  });

  test('a signature past its expiry is expired, and under a level that only logs it verified', async () => {
    expect(await ask('e2e-expired-signature')).toMatchObject({ outcome: 'expired' });
    const logged = await ask('e2e-expired-signature', { level: { ...STRICT, expiry: 'log' } });
    expect(logged.outcome).toBe('verified');
    expect(logged.evidence[0]?.checks.find((c) => c.id === 'expiry')).toMatchObject({
      result: 'fail',
      outcome: 'expired',
      enforced: false,
    });
  });

  test('an unsigned image is unsigned at every level', async () => {
    expect(await ask('e2e')).toMatchObject({ outcome: 'unsigned' });
    expect(await ask('e2e', { level: AUDIT })).toMatchObject({ outcome: 'unsigned' });
  });

  describe('with a timestamp of Microsoft', () => {
    const layout = 'e2e-with-timestamped-signature';
    const stamped = (more: Asking = {}): Promise<SubjectVerdict> => {
      const envelope = envelopeIn(layout);
      return ask(layout, { now: SOON, anchor: signerOf(envelope), identities: 'any', tsa: [authorityOf(envelope)], ...more });
    };

    test('proves its time', async () => {
      const verdict = await stamped({ facts: good, annotations: new Map([['purpose', 'e2e']]) });
      expect(verdict.outcome, JSON.stringify(verdict.evidence[0]?.checks)).toBe('verified');
      const [time, ...others] = verdict.evidence[0]?.times ?? [];
      expect(others).toEqual([]);
      expect(Math.abs((time?.time.getTime() ?? 0) - Date.parse('2025-01-21T09:17:46Z'))).toBeLessThan(60_000);
    });

    test('is inconclusive when nobody tells whether the authority is revoked', async () => {
      expect(await stamped()).toMatchObject({ outcome: 'inconclusive' });
    });

    test('is untrusted under other roots', async () => {
      const tsa = ['DigiCertTSARootSHA384.cer', 'globalsignTSARoot.cer'].map(certificate);
      expect(await stamped({ facts: good, tsa })).toMatchObject({ outcome: 'untrusted' });
    });

    test('does not outlive its own expiry', async () => {
      expect(await stamped({ facts: good, now: LATER })).toMatchObject({ outcome: 'expired' });
    });
  });
});
