import { type Bytes, utf8Decode } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { nodeHash } from '../../mint/merkle.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import type { InclusionProof } from '../../signature/index.ts';
import { parseCheckpoint } from '../../trust/index.ts';
import type { ServiceClient } from '../../trust/service-client/client.ts';
import type { ServiceOptions } from '../services.ts';
import { baseOf, lied } from './lied.ts';
import { signalOf } from './read-v1.ts';

/** Hashes on one whole tile, and levels of the tree that one tile spans (C2SP tlog-tiles). */
const WIDTH = 256;
const LEVELS = 8;
const HASH = 32;

/** An inclusion proof that was put together from a log's tiles, and the origin of the log. */
export interface ProofFromTiles {
  readonly proof: InclusionProof;
  readonly origin: string;
}

/**
 * The inclusion proof of an entry of a Rekor v2 log, from its checkpoint and tiles (C2SP tlog-tiles, under the API's own addresses). Nothing here believes the log: who uses the proof checks that
 * it leads from the entry to the checkpoint. Throws `service-unavailable` where the log does not serve its tiles or no checkpoint has the entry yet, `service-refused`, `service-lied`.
 */
export async function proofFromTiles(
  index: number,
  { url, client, ...options }: ServiceOptions & { readonly url: string; readonly client: ServiceClient },
): Promise<ProofFromTiles> {
  const get = async (path: string, maxBytes: number): Promise<Buffer> =>
    (
      await client.request({
        method: 'GET',
        url: `${baseOf(url)}/api/v2/${path}`,
        maxBytes,
        who: 'the transparency log',
        ...signalOf(options),
      })
    ).body;
  const note = utf8Decode(await get('checkpoint', LIMITS.checkpointBytes), 'checkpoint');
  const checkpoint = parseCheckpoint(note);
  const size = Number(checkpoint.size);
  if (!Number.isSafeInteger(size)) throw lied(url, `its checkpoint is of a tree of ${checkpoint.size} entries`);
  if (index >= size)
    throw new AssayError(
      'service-unavailable',
      `the transparency log ${shownAddress(url)} has no checkpoint yet that covers entry ${index}`,
      {
        retryable: true,
      },
    );
  const tiles = new Map<string, Promise<Buffer>>();

  function tile(level: number, number: number): Promise<Buffer> {
    const count = Math.floor(size / WIDTH ** level);
    const width = Math.min(WIDTH, count - number * WIDTH);
    const path = `tile/${level}/${groupsOf(number)}${width === WIDTH ? '' : `.p/${width}`}`;
    const known = tiles.get(path);
    if (known !== undefined) return known;
    const read = get(path, WIDTH * HASH).then((bytes) => {
      if (bytes.length !== width * HASH) throw lied(url, `${path} has ${bytes.length} bytes where ${width * HASH} belong`);
      return bytes;
    });
    tiles.set(path, read);
    return read;
  }

  /** The hash of leaves `start` to `end` of the tree. */
  async function range(start: number, end: number): Promise<Bytes> {
    const height = Math.log2(end - start);
    if (Number.isInteger(height) && start % (end - start) === 0) {
      const level = Math.floor(height / LEVELS);
      const first = start / WIDTH ** level;
      const bytes = await tile(level, Math.floor(first / WIDTH));
      return subtree(bytes, first % WIDTH, 2 ** (height % LEVELS));
    }
    const middle = start + splitOf(end - start);
    const [left, right] = await Promise.all([range(start, middle), range(middle, end)]);
    return nodeHash(left, right);
  }

  async function path(start: number, end: number): Promise<Bytes[]> {
    if (end - start === 1) return [];
    const middle = start + splitOf(end - start);
    const [below, beside] = await Promise.all(
      index < middle ? [path(start, middle), range(middle, end)] : [path(middle, end), range(start, middle)],
    );
    return [...below, beside];
  }

  const hashes = await path(0, size);
  const proof = { logIndex: BigInt(index), treeSize: checkpoint.size, rootHash: checkpoint.rootHash, hashes, checkpoint: note };
  return { proof, origin: checkpoint.origin };
}

function subtree(tile: Buffer, first: number, count: number): Bytes {
  if (count === 1) return tile.subarray(first * HASH, (first + 1) * HASH);
  return nodeHash(subtree(tile, first, count / 2), subtree(tile, first + count / 2, count / 2));
}

// `x001/x234/067` for 1234067.
function groupsOf(number: number): string {
  const digits = String(number);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  return groups.map((group, i) => (i === groups.length - 1 ? group : `x${group}`)).join('/');
}

// The largest power of two below n.
function splitOf(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
