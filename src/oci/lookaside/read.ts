import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { algorithmOf, type Digest, hexOf } from '../digest.ts';
import type { RegistryClient } from '../registry/client.ts';
import { refusal } from '../registry/refusal.ts';

/**
 * The signatures of an image in a lookaside: `BASE/NAME@ALGORITHM=HEX/signature-N` from 1 until one is not there (containers/image
 * docs/signature-protocols.md, "docker/distribution registries—separate storage"). `name` is the repository without its registry.
 * Throws errors of the group `transport`, and `limit`.
 */
export async function* readLookaside(
  base: string,
  name: string,
  image: Digest,
  { client, signal }: { readonly client: RegistryClient; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Bytes> {
  const place = new URL(base);
  for (let i = 1; ; i++) {
    if (i > LIMITS.lookasideSignatures)
      throw new AssayError('limit', `the lookaside ${base} has more than ${LIMITS.lookasideSignatures} simple signatures of ${image}`);
    const path = `${place.pathname.replace(/\/$/, '')}/${name}@${algorithmOf(image)}=${hexOf(image)}/signature-${i}`;
    const url = new URL(path, place);
    const content = url.protocol === 'file:' ? await readFileBounded(url) : await fetchOne(url, client, signal);
    if (content === undefined) return;
    yield content;
  }
}

async function fetchOne(url: URL, client: RegistryClient, signal: AbortSignal | undefined): Promise<Bytes | undefined> {
  const deadline = AbortSignal.timeout(LIMITS.lookasideMs);
  const answer = await client.send({
    registry: url.origin,
    actions: [],
    method: 'GET',
    target: url,
    maxBytes: LIMITS.lookasideSignatureBytes,
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
  });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refusal(answer, { method: 'GET' });
  return answer.body;
}

// A folder that is not there has no signatures; one that cannot be read may have some.
async function readFileBounded(url: URL): Promise<Bytes | undefined> {
  try {
    const file = await open(fileURLToPath(url), 'r');
    try {
      const buffer = Buffer.alloc(LIMITS.lookasideSignatureBytes + 1);
      let length = 0;
      for (let read = 1; read > 0 && length < buffer.length; length += read)
        read = (await file.read(buffer, length, buffer.length - length)).bytesRead;
      if (length === buffer.length)
        throw new AssayError('limit', `${fileURLToPath(url)} is longer than ${LIMITS.lookasideSignatureBytes} bytes`);
      return Buffer.from(buffer.subarray(0, length));
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof AssayError) throw cause;
    const { code } = cause as { code?: unknown };
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new AssayError('registry-error', `cannot read the simple signature ${fileURLToPath(url)}`, { cause, retryable: false });
  }
}
