import type { EntryContent, EntryVerifier } from '../../mint/entry.ts';
import type { LogSubmission } from '../services.ts';

/** A submission as the bodies of entries are made from it. */
export function entryContent({ signature, verifier, algorithm, digest, envelope }: LogSubmission): EntryContent {
  return { signature, verifier: verifierOf(verifier), algorithm, digest, ...(envelope === undefined ? {} : { envelope }) };
}

function verifierOf(verifier: LogSubmission['verifier']): EntryVerifier {
  return verifier.kind === 'certificate' ? { kind: 'certificate', der: verifier.der } : { kind: 'public-key', der: verifier.key.spki };
}
