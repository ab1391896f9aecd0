import { utf8Decode } from '../../../bytes/index.ts';
import { type Json, type JsonObject, parseJson } from '../../../codec/json.ts';
import { hashOfJose } from '../../../crypto/index.ts';
import { AssayError, messageOf } from '../../../errors.ts';
import { inForce } from '../../../rules.ts';
import type { NotaryEnvelope, SignedEntity } from '../../../signature/index.ts';
import { fail, pass, skipped, unknown } from '../../check.ts';
import type { Check } from '../../report.ts';
import type { EvidenceRequest } from '../../request.ts';
import { annotationCheck } from '../annotations.ts';

/** What a Notary Project payload says that it is about. */
export interface TargetArtifact {
  readonly mediaType: string;
  /** Hash function and hexadecimal digest. */
  readonly algorithm: string;
  readonly hex: string;
  readonly size: number;
  /** User metadata, and names that the specification reserves. */
  readonly annotations: ReadonlyMap<string, string>;
}

/** "The prefix io.cncf.notary in annotations key is reserved": it is no user metadata (signature-specification.md, "Payload"). */
const RESERVED = 'io.cncf.notary';
const DIGEST = /^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;

/** "Make sure the artifact's digest, media type and size match the ones present in the signature envelope" (trust-store-trust-policy.md, "Steps"). */
export function checkTarget(envelope: NotaryEnvelope, entity: SignedEntity, request: EvidenceRequest): readonly Check[] {
  let target: TargetArtifact;
  try {
    target = parseTarget(envelope.payload);
  } catch (error) {
    return [fail('payload-form', 'invalid', messageOf(error))];
  }
  if (request.demands.unsafeSkipClaims) return [skipped('subject-digest', 'unsafeSkipClaims')];
  const metadata = new Map([...target.annotations].filter(([name]) => !name.startsWith(RESERVED)));
  const annotations = annotationCheck(metadata, entity, request);
  return [
    digestCheck(target, envelope, request),
    ...descriptorChecks(target, request),
    ...(annotations === undefined ? [] : [annotations]),
  ];
}

function digestCheck({ algorithm, hex }: TargetArtifact, envelope: NotaryEnvelope, { subject }: EvidenceRequest): Check {
  const [first] = subject.digests;
  const asked = first === undefined ? 'the artifact' : `${first[0]}:${first[1]}`;
  if (!inForce('subject-digest')) return pass('subject-digest', 'not asked');
  const known = subject.digests.get(algorithm);
  // "digest algorithm MUST be deduced from signing certificate's public key": of files, whose digests are all known; images have their own.
  const demanded = hashOfJose(envelope.algorithm);
  if (subject.digests.size > 1 && algorithm !== demanded)
    return fail('subject-digest', 'invalid', `the signature names a ${algorithm} digest, its key demands ${demanded}`);
  if (known === undefined && subject.size === undefined)
    return unknown(
      'subject-digest',
      `the signature is about ${algorithm}:${hex}, which cannot be compared with ${asked} (give the file itself)`,
    );
  if (known !== hex) return fail('subject-digest', 'invalid', `the signature is about ${algorithm}:${hex}, not ${asked}`);
  return pass('subject-digest', `the signature is about ${algorithm}:${hex}`);
}

function descriptorChecks(target: TargetArtifact, { subject }: EvidenceRequest): readonly Check[] {
  const size = subject.size ?? subject.bytes?.length;
  if (!inForce('subject-descriptor')) return [];
  if (subject.mediaType !== undefined && subject.mediaType !== target.mediaType)
    return [
      fail(
        'subject-descriptor',
        'invalid',
        `the signature is about the media type "${target.mediaType.slice(0, 200)}", not "${subject.mediaType}"`,
      ),
    ];
  if (size !== undefined && size !== target.size)
    return [fail('subject-descriptor', 'invalid', `the signature is about ${target.size} bytes, not ${size}`)];
  if (subject.mediaType === undefined && size === undefined) return [];
  return [pass('subject-descriptor', `${target.mediaType.slice(0, 200)}, ${target.size} bytes`)];
}

/** The target artifact of a payload (signature-specification.md, "Payload"). Throws `payload-invalid`, `json-invalid` or `limit`. */
export function parseTarget(payload: Uint8Array): TargetArtifact {
  const { mediaType, digest, size, annotations } = objectOf(
    objectOf(parseJson(utf8Decode(payload, 'payload'), 'payload'), 'it').targetArtifact,
    'targetArtifact',
  );
  if (typeof mediaType !== 'string' || mediaType === '') throw wrong('targetArtifact.mediaType is missing');
  if (typeof digest !== 'string' || !DIGEST.test(digest)) throw wrong('targetArtifact.digest is not a digest');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw wrong('targetArtifact.size is not a size');
  const [algorithm = '', hex = ''] = digest.split(':');
  return { mediaType, algorithm, hex, size, annotations: annotationsOf(annotations) };
}

function annotationsOf(value: Json | undefined): ReadonlyMap<string, string> {
  const pairs = value === undefined || value === null ? [] : Object.entries(objectOf(value, 'targetArtifact.annotations'));
  return new Map(
    pairs.map(([name, text]) => {
      if (typeof text !== 'string') throw wrong('an annotation of targetArtifact is not a text');
      return [name, text];
    }),
  );
}

function objectOf(value: Json | undefined, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${what} is not an object`);
  return value as JsonObject;
}

function wrong(why: string): AssayError {
  return new AssayError('payload-invalid', `Notary Project payload: ${why}`);
}
