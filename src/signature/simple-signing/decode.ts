import type { Bytes } from '../../bytes/index.ts';
import { openPgpError } from '../../codec/openpgp/index.ts';
import { readSignedMessage } from '../../codec/openpgp/message.ts';
import type { SignedEntity } from '../entity.ts';

/**
 * Decodes a simple signature: a signed OpenPGP message in binary form whose payload is the JSON document
 * (containers/image docs/containers-signature.5.md, "The Cryptographic Signature"). Throws `openpgp-invalid`, `unsupported`, `limit`.
 */
export function decodeSimpleSignature(content: Bytes): SignedEntity {
  if ((content[0] ?? 0) < 0x80) throw openPgpError('the simple signature is no OpenPGP message in binary form');
  return {
    kind: 'signature',
    format: 'simple-signing',
    content: { kind: 'openpgp', message: readSignedMessage(content) },
    material: { kind: 'none' },
    logEntries: [],
    timestamps: [],
    demands: { promise: false, proof: false },
    unsignedAnnotations: new Map(),
  };
}
