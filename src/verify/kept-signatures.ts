import type { Bytes } from '../bytes/index.ts';
import { AssayError, toAssayError } from '../errors.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import type { SignatureSource } from '../oci/lookaside/index.ts';
import type { SignedEntity } from '../signature/index.ts';
import { decodeSimpleSignature } from '../signature/simple-signing/decode.ts';
import type { LocatedEvidence } from './gather.ts';
import type { SourceAnswer } from './sources.ts';

/** What is asked of the places that keep simple signatures. */
export interface KeptRequest {
  readonly subject: Digest;
  readonly signal?: AbortSignal;
  readonly onEvidence: (evidence: LocatedEvidence) => Promise<void>;
}

/** Reads the simple signatures that a place keeps of a subject. What fails is an answer of its own and hides nothing that was read. */
export async function gatherKept(source: SignatureSource, { subject, signal, onEvidence }: KeptRequest): Promise<SourceAnswer> {
  const about = { store: source.label, name: source.name };
  let pieces = 0;
  try {
    for await (const content of source.list(subject, signal)) {
      pieces++;
      await onEvidence({
        format: 'simple-signing',
        digest: digestOf(content),
        found: 'file',
        storedAs: 'signature',
        content: decoded(content),
      });
    }
    return { ...about, answer: pieces > 0 ? 'found' : 'nothing', error: undefined };
  } catch (error) {
    return { ...about, answer: 'failed', error: toAssayError(error) };
  }
}

function decoded(content: Bytes): SignedEntity | AssayError {
  try {
    return decodeSimpleSignature(content);
  } catch (error) {
    if (error instanceof AssayError) return error;
    throw error;
  }
}
