import { type Bytes, decodeBase64, utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Digest } from '../digest.ts';
import type { HttpAnswer } from '../registry/http/message.ts';
import { refusal } from '../registry/refusal.ts';
import type { Repository } from '../registry/repository.ts';

/**
 * The simple signatures that a registry keeps itself (`X-Registry-Supports-Signatures: 1`; containers/image docs/signature-protocols.md,
 * "docker/distribution: X-Registry-Supports-Signatures API extension"). `undefined` when it keeps none. Throws errors of the group `transport`, and `limit`.
 */
export async function readSignaturesExtension(
  repository: Repository,
  image: Digest,
  signal?: AbortSignal,
): Promise<readonly Bytes[] | undefined> {
  const root = await get(repository, '/v2/', signal);
  if (root.headers.get('x-registry-supports-signatures') !== '1') return undefined;
  const answer = await get(repository, `/extensions/v2/${repository.name}/signatures/${image}`, signal);
  if (answer.status !== 200) throw refusal(answer, { method: 'GET' });
  try {
    const { signatures } = parseJson(utf8Decode(answer.body, 'signatures'), 'signatures') as { readonly signatures?: Json };
    if (!Array.isArray(signatures)) throw new AssayError('registry-protocol', 'no list of signatures');
    if (signatures.length > LIMITS.lookasideSignatures)
      throw new AssayError('limit', `${repository.registry} has more than ${LIMITS.lookasideSignatures} simple signatures of ${image}`);
    return signatures.flatMap((s: Json) => contentOf(s));
  } catch (cause) {
    if (cause instanceof AssayError && (cause.group === 'limit' || cause.group === 'transport')) throw cause;
    throw new AssayError('registry-protocol', `the signatures that ${repository.registry} has of ${image} cannot be read`, { cause });
  }
}

// Of other versions and types nothing is known.
function contentOf(signature: Json): Bytes[] {
  const { schemaVersion, type, content } = Object(signature) as { schemaVersion?: Json; type?: Json; content?: Json };
  return schemaVersion === 2 && type === 'atomic' && typeof content === 'string' ? [decodeBase64(content, 'signature')] : [];
}

function get({ client, registry, name }: Repository, target: string, signal: AbortSignal | undefined): Promise<HttpAnswer> {
  return client.send({
    registry,
    repository: name,
    actions: ['pull'],
    method: 'GET',
    target,
    maxBytes: LIMITS.lookasideSignatureBytes,
    ...(signal === undefined ? {} : { signal }),
  });
}
