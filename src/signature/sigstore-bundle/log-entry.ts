import { decodeBase64 } from '../../bytes/index.ts';
import type { Json } from '../../codec/json.ts';
import { LIMITS } from '../../limits.ts';
import type { InclusionProof, LogEntry } from '../entity.ts';
import { bytesIn, integerIn, listIn, member, type Node, nodeOf, objectIn, textIn, wrong } from './reader.ts';

/** A `TransparencyLogEntry` (protobuf-specs, sigstore_rekor.proto). Throws `bundle-invalid` or `limit`. */
export function readLogEntry(value: Json, at: string): LogEntry {
  const entry = nodeOf(value, at);
  const kindVersion = objectIn(entry, 'kindVersion');
  const time = integerIn(entry, 'integratedTime');
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) throw wrong(`${at}.integratedTime`, 'is out of range');
  const promise = member(entry, 'inclusionPromise');
  const proof = member(entry, 'inclusionProof');
  return {
    logIndex: integerIn(entry, 'logIndex'),
    logId: bytesIn(objectIn(entry, 'logId'), 'keyId'),
    kind: textIn(kindVersion, 'kind'),
    version: textIn(kindVersion, 'version'),
    integratedTime: Number(time),
    promise: promise === undefined ? undefined : bytesIn(objectIn(entry, 'inclusionPromise'), 'signedEntryTimestamp'),
    proof: proof === undefined ? undefined : readProof(objectIn(entry, 'inclusionProof')),
    body: bytesIn(entry, 'canonicalizedBody'),
  };
}

function readProof(node: Node): InclusionProof {
  const checkpoint = member(node, 'checkpoint');
  return {
    logIndex: integerIn(node, 'logIndex'),
    treeSize: integerIn(node, 'treeSize'),
    rootHash: bytesIn(node, 'rootHash'),
    hashes: listIn(node, 'hashes', LIMITS.proofHashes).map((h, i) => {
      if (typeof h !== 'string') throw wrong(`${node.at}.hashes[${i}]`, 'is not a text');
      try {
        return decodeBase64(h);
      } catch {
        throw wrong(`${node.at}.hashes[${i}]`, 'is not strict base64');
      }
    }),
    checkpoint: checkpoint === undefined ? '' : textIn(objectIn(node, 'checkpoint'), 'envelope'),
  };
}
