/** Minting: what certificate authorities, transparency logs and timestamp authorities make; pure functions over bytes, keys and times. */
export {
  type EntryBody,
  type EntryContent,
  type EntryEnvelope,
  type EntryKind,
  type EntryVerifier,
  entryBody,
  entryBytes,
  entryRequest,
} from './entry.ts';
