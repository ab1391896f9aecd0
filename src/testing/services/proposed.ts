/** What Rekor v1 makes of a proposed entry (rekor, pkg/types): the signature is verified, then the canonical body is written. */
import { preAuthEncoding } from '../../codec/dsse.ts';
import { hash, type PublicKey, verifyPrehashed } from '../../crypto/index.ts';
import { messageOf } from '../../errors.ts';
import { type EntryBody, type EntryContent, type EntryVerifier, entryBody } from '../../mint/index.ts';
import { signedBy, verifierFromPem } from './public-key.ts';
import { at, bytesAt, Refusal, textAt } from './reply.ts';

const NO_DETAILS = '';

/** The body that is logged for a proposal. Throws a refusal with the reason. */
export async function bodyOfProposal(proposed: Record<string, unknown>): Promise<EntryBody> {
  const { spec } = proposed;
  const kind = `${String(proposed.kind)}/${String(proposed.apiVersion)}`;
  try {
    switch (kind) {
      case 'hashedrekord/0.0.1':
        return entryBody(kind, await hashedRekord(spec));
      case 'dsse/0.0.1':
        return entryBody(
          kind,
          await envelope(textAt(spec, 'proposedContent', 'envelope'), bytesAt(spec, 'proposedContent', 'verifiers', 0)),
        );
      case 'intoto/0.0.1':
        return entryBody(kind, await envelope(textAt(spec, 'content', 'envelope'), bytesAt(spec, 'publicKey')));
      case 'intoto/0.0.2':
        return await intoto2(spec);
      default:
        throw new Error(`entries of kind ${kind} are not accepted`);
    }
  } catch (error) {
    throw new Refusal(400, `error processing entry: ${messageOf(error)}`, 'rekor');
  }
}

async function hashedRekord(spec: unknown): Promise<EntryContent> {
  const name = textAt(spec, 'data', 'hash', 'algorithm');
  if (name !== 'sha256' && name !== 'sha384' && name !== 'sha512') throw new Error(`hash algorithm ${name} is not accepted`);
  const value = textAt(spec, 'data', 'hash', 'value');
  const digest = Buffer.from(value, 'hex');
  if (digest.toString('hex') !== value || digest.length !== hash(name, Buffer.alloc(0)).length) throw new Error('invalid value for hash');
  const signature = bytesAt(spec, 'signature', 'content');
  const { key, verifier } = verifierOf(bytesAt(spec, 'signature', 'publicKey', 'content'));
  if (!(await verifyPrehashed(key, new Map([[name, digest]]), signature))) throw new Error('verifying signature: invalid signature');
  return { signature, verifier, algorithm: { details: NO_DETAILS, scheme: { hash: name } }, digest };
}

async function envelope(json: string, pem: Buffer): Promise<EntryContent> {
  const parsed = JSON.parse(json) as unknown;
  const [payloadType, payload] = [textAt(parsed, 'payloadType'), bytesAt(parsed, 'payload')];
  const signature = bytesAt(parsed, 'signatures', 0, 'sig');
  if (at(parsed, 'signatures', 1) !== undefined) throw new Error('envelopes with several signatures are not accepted here');
  return verified({ json: Buffer.from(json), payloadType, payload }, signature, pem);
}

async function intoto2(spec: unknown): Promise<EntryBody> {
  const sent = at(spec, 'content', 'envelope');
  const payload = Buffer.from(bytesAt(sent, 'payload').toString(), 'base64');
  const signature = Buffer.from(bytesAt(sent, 'signatures', 0, 'sig').toString(), 'base64');
  const parts = { json: Buffer.alloc(0), payloadType: textAt(sent, 'payloadType'), payload };
  const body = entryBody('intoto/0.0.2', await verified(parts, signature, bytesAt(sent, 'signatures', 0, 'publicKey')));
  const hashSent = at(spec, 'content', 'hash');
  if (hashSent === undefined) throw new Error('missing envelope digest');
  // The hash of the envelope stands in the log as whoever sent it says.
  const copy = JSON.parse(JSON.stringify(body)) as { spec: { content: { hash: unknown } } };
  copy.spec.content.hash = hashSent;
  return copy as unknown as EntryBody;
}

async function verified(parts: NonNullable<EntryContent['envelope']>, signature: Buffer, pem: Buffer): Promise<EntryContent> {
  const { key, verifier } = verifierOf(pem);
  const signed = preAuthEncoding(parts.payloadType, parts.payload);
  if (!(await signedBy(key, signed, signature))) throw new Error('could not verify envelope: accepted signatures do not match threshold');
  return {
    signature,
    verifier,
    algorithm: { details: NO_DETAILS, scheme: { hash: 'sha256' } },
    digest: hash('sha256', signed),
    envelope: parts,
  };
}

function verifierOf(pem: Buffer): { readonly key: PublicKey; readonly verifier: EntryVerifier } {
  const { key, certificate } = verifierFromPem(pem.toString());
  return {
    key,
    verifier: certificate === undefined ? { kind: 'public-key', der: key.spki } : { kind: 'certificate', der: certificate },
  };
}
