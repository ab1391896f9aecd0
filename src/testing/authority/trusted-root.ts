/** `trusted_root.json` documents (protobuf-specs, sigstore_trustroot.proto, in protojson), with any window. */
import { encodeBase64 } from '../../bytes/index.ts';
import type { CertificateAuthority } from './authority.ts';
import { keyDetailsOf } from './body.ts';
import type { Certificate } from './certificate.ts';
import type { CtLog } from './ct.ts';
import type { SigningKey } from './keys.ts';
import type { TransparencyLog } from './log.ts';
import type { TimestampAuthority } from './timestamp.ts';

/** When something is trusted; inclusive at both ends. `start: null` leaves the start out. */
export interface Window {
  readonly start?: Date | null;
  readonly end?: Date;
}

/** Something that is trusted, in a window. */
export interface Trusted<T> {
  readonly of: T;
  readonly window?: Window;
}

/** What a trusted root holds. Everything is trusted from 2021 on unless a window says otherwise. */
export interface TrustedRootParts {
  readonly authorities?: readonly Trusted<CertificateAuthority | readonly Certificate[]>[];
  readonly ctLogs?: readonly Trusted<CtLog>[];
  readonly logs?: readonly Trusted<TransparencyLog>[];
  readonly timestampAuthorities?: readonly Trusted<TimestampAuthority | readonly Certificate[]>[];
}

/** The document; mutable, so that tests can edit it. */
export interface TrustedRootJson {
  mediaType: string;
  tlogs: LogInstanceJson[];
  certificateAuthorities: AuthorityJson[];
  ctlogs: LogInstanceJson[];
  timestampAuthorities: AuthorityJson[];
}

/** A log in the document. */
export interface LogInstanceJson {
  baseUrl: string;
  hashAlgorithm: string;
  publicKey: { rawBytes: string; keyDetails: string; validFor?: { start?: string; end?: string } };
  logId: { keyId: string };
  checkpointKeyId?: { keyId: string };
  operator?: string;
}

/** A certificate or timestamp authority in the document. */
export interface AuthorityJson {
  subject: { organization: string; commonName: string };
  uri: string;
  certChain: { certificates: { rawBytes: string }[] };
  validFor: { start?: string; end?: string };
  operator?: string;
}

const START = new Date('2021-01-01T00:00:00Z');

/** Makes the document. */
export function trustedRoot(parts: TrustedRootParts): TrustedRootJson {
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: (parts.logs ?? []).map(({ of, window }) => logInstance(of.key, `https://${of.host}`, of.id, window)),
    certificateAuthorities: (parts.authorities ?? []).map(({ of, window }) => ({
      subject: { organization: 'virtual', commonName: 'fulcio' },
      uri: 'https://fulcio.virtual.test',
      certChain: chainJson('chain' in of ? of.chain : of),
      validFor: windowJson(window),
    })),
    ctlogs: (parts.ctLogs ?? []).map(({ of, window }) => logInstance(of.key, 'https://ctfe.virtual.test', of.key.id, window)),
    timestampAuthorities: (parts.timestampAuthorities ?? []).map(({ of, window }, i) => ({
      subject: { organization: 'virtual', commonName: 'tsa' },
      uri: 'uri' in of ? of.uri : `https://tsa${i}.virtual.test`,
      certChain: chainJson('chain' in of ? of.chain : of),
      validFor: windowJson(window),
    })),
  };
}

function logInstance(key: SigningKey, baseUrl: string, id: Buffer, window: Window | undefined): LogInstanceJson {
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: encodeBase64(key.spki), keyDetails: keyDetailsOf(key), validFor: windowJson(window) },
    logId: { keyId: encodeBase64(id) },
  };
}

function chainJson(chain: readonly Certificate[]): { certificates: { rawBytes: string }[] } {
  return { certificates: chain.map((c) => ({ rawBytes: encodeBase64(c.der) })) };
}

function windowJson(window: Window = {}): { start?: string; end?: string } {
  return {
    ...(window.start === null ? {} : { start: (window.start ?? START).toISOString() }),
    ...(window.end === undefined ? {} : { end: window.end.toISOString() }),
  };
}
