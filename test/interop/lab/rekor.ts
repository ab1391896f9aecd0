/** What Rekor does with a proposed entry, for the kinds that cosign proposes (rekor pkg/types; rekor-tiles for v2). */
import { createHash } from 'node:crypto';
import type { Json } from '../../../src/codec/json.ts';
import { type Body, enter, type LogEntryJson, type TransparencyLog } from '../../../src/testing/authority/index.ts';

type Members = { readonly [k: string]: Json };

/** The entry that `POST /api/v1/log/entries` answers with, and its name. */
export function enterV1(log: TransparencyLog, proposed: Members): readonly [uuid: string, entry: object] {
  const body: Body = {
    apiVersion: String(proposed.apiVersion),
    kind: String(proposed.kind),
    spec: canonicalSpec(`${proposed.kind} ${proposed.apiVersion}`, members(proposed.spec)),
  };
  const entry = enter(log, body, new Date());
  const bytes = Buffer.from(entry.canonicalizedBody, 'base64');
  const uuid = createHash('sha256').update(Buffer.of(0)).update(bytes).digest('hex');
  const { inclusionProof: proof } = entry;
  return [
    uuid,
    {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logID: log.id.toString('hex'),
      logIndex: Number(entry.logIndex),
      verification: {
        signedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
        inclusionProof: {
          checkpoint: proof?.checkpoint?.envelope,
          hashes: proof?.hashes.map(hex),
          logIndex: Number(proof?.logIndex),
          rootHash: hex(proof?.rootHash ?? ''),
          treeSize: Number(proof?.treeSize),
        },
      },
    },
  ];
}

/** The answer of `POST /api/v2/log/entries`. */
export function enterV2(log: TransparencyLog, proposed: Members): LogEntryJson {
  const { digest, signature } = members(proposed.hashedRekordRequestV002);
  const verifier = members(members(signature).verifier);
  const details = String(verifier.keyDetails);
  const algorithm = details.endsWith('_512') || details.endsWith('_PH') ? 'SHA2_512' : details.endsWith('_384') ? 'SHA2_384' : 'SHA2_256';
  const spec = { hashedRekordV002: { data: { algorithm, digest }, signature: { content: members(signature).content, verifier } } };
  return enter(log, { apiVersion: '0.0.2', kind: 'hashedrekord', spec: spec as Json }, new Date());
}

function canonicalSpec(kind: string, spec: Members): Json {
  switch (kind) {
    case 'hashedrekord 0.0.1': {
      const { algorithm, value } = members(members(spec.data).hash);
      const { content, publicKey } = members(spec.signature);
      return { data: { hash: { algorithm, value } }, signature: { content, publicKey: { content: members(publicKey).content } } } as Json;
    }
    case 'dsse 0.0.1': {
      const { envelope, verifiers } = members(spec.proposedContent);
      const parsed = JSON.parse(String(envelope)) as { payload: string; signatures: { sig: string }[] };
      const [verifier] = verifiers as readonly string[];
      return {
        envelopeHash: sha256(String(envelope)),
        payloadHash: sha256(Buffer.from(parsed.payload, 'base64')),
        signatures: parsed.signatures.map(({ sig }) => ({ signature: sig, verifier })),
      } as Json;
    }
    case 'intoto 0.0.1': {
      const envelope = String(members(spec.content).envelope);
      const parsed = JSON.parse(envelope) as { payload: string };
      return {
        content: { hash: sha256(envelope), payloadHash: sha256(Buffer.from(parsed.payload, 'base64')) },
        publicKey: spec.publicKey,
      } as Json;
    }
    case 'intoto 0.0.2': {
      const { envelope, hash, payloadHash } = members(spec.content);
      const { payloadType, signatures } = members(envelope);
      return { content: { envelope: { payloadType, signatures }, hash, payloadHash } } as Json;
    }
    default:
      throw new Error(`no entries of kind ${kind}`);
  }
}

function sha256(data: string | Buffer): Json {
  return { algorithm: 'sha256', value: createHash('sha256').update(data).digest('hex') };
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

function members(value: Json | undefined): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('an object is expected');
  return value as Members;
}
