import { type Bytes, decodeBase64 } from '../bytes/index.ts';
import { type Json, parseJson } from '../codec/json.ts';
import { importPublicKey, importRsaPublicKey, type PublicKey } from '../crypto/index.ts';
import { AssayError, messageOf } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { CertificateAuthority, CtLog, TimestampAuthority, TrustMaterial } from './material.ts';
import type { TransparencyLog } from './transparency/index.ts';
import type { Validity } from './validity.ts';
import { createPairCache, parseCertificate } from './x509/index.ts';

type Members = { readonly [k: string]: Json };

/**
 * Parses `trusted_root.json` (protobuf-specs, sigstore_trustroot.proto, media type `application/vnd.dev.sigstore.trustedroot+json;version=0.1`
 * or `…trustedroot.v0.2+json`). An instance that cannot be read makes the document unusable: half a trusted root is none.
 * Throws `trust-invalid` or `limit`.
 */
export function parseTrustedRoot(text: string): TrustMaterial {
  try {
    return read(object(parseJson(text, 'trusted root'), 'document'));
  } catch (cause) {
    if (cause instanceof AssayError && (cause.code === 'trust-invalid' || cause.code === 'limit')) throw cause;
    throw new AssayError('trust-invalid', `trusted root: ${messageOf(cause)}`, { cause });
  }
}

function read(root: Members): TrustMaterial {
  const mediaType = root.mediaType;
  if (
    typeof mediaType !== 'string' ||
    !/^application\/vnd\.dev\.sigstore\.trustedroot(?:\+json;version=0\.[12]|\.v0\.[12]\+json)$/.test(mediaType)
  ) {
    throw wrong('mediaType is none that is known');
  }
  return {
    logs: instances(root.tlogs, 'tlogs').map(readLog),
    ctLogs: instances(root.ctlogs, 'ctlogs').map(readCtLog),
    certificateAuthorities: instances(root.certificateAuthorities, 'certificateAuthorities').map(readAuthority),
    timestampAuthorities: instances(root.timestampAuthorities, 'timestampAuthorities').map(readTimestampAuthority),
    pairs: createPairCache(),
  };
}

function instances(value: Json | undefined, what: string): Members[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrong(`${what} is not a list`);
  if (value.length > LIMITS.trustInstances)
    throw new AssayError('limit', `trusted root: ${value.length} ${what} (at most ${LIMITS.trustInstances})`);
  return value.map((v: Json) => object(v, what));
}

function readLog(log: Members): TransparencyLog {
  const { key, validFor } = readKey(log, 'tlogs');
  const baseUrl = text(log.baseUrl, 'tlogs.baseUrl');
  const checkpointKey = log.checkpointKeyId;
  return {
    baseUrl,
    host: hostOf(baseUrl),
    key,
    validFor,
    logId: bytes(object(log.logId, 'tlogs.logId').keyId, 'tlogs.logId.keyId'),
    checkpointKeyId:
      checkpointKey === undefined || checkpointKey === null
        ? undefined
        : bytes(object(checkpointKey, 'checkpointKeyId').keyId, 'checkpointKeyId'),
  };
}

function readCtLog(log: Members): CtLog {
  return {
    baseUrl: text(log.baseUrl ?? '', 'ctlogs.baseUrl'),
    logId: bytes(object(log.logId, 'ctlogs.logId').keyId, 'ctlogs.logId.keyId'),
    ...readKey(log, 'ctlogs'),
  };
}

function readKey(log: Members, what: string): { key: PublicKey; validFor: Validity } {
  const key = object(log.publicKey, `${what}.publicKey`);
  const raw = bytes(key.rawBytes, `${what}.publicKey.rawBytes`);
  // Deprecated details of old logs: a bare RSAPublicKey.
  const bare = typeof key.keyDetails === 'string' && key.keyDetails.startsWith('PKCS1_RSA_');
  return {
    key: bare ? importRsaPublicKey(raw) : importPublicKey(raw),
    validFor: window(key.validFor, `${what}.publicKey.validFor`),
  };
}

function readAuthority(authority: Members): CertificateAuthority {
  const chain = chainOf(authority, 'certificateAuthorities');
  return {
    uri: text(authority.uri ?? '', 'uri'),
    chain,
    validFor: window(authority.validFor, 'certificateAuthorities.validFor'),
    openIntermediates: chain.length === 1,
  };
}

function readTimestampAuthority(authority: Members): TimestampAuthority {
  return {
    uri: text(authority.uri ?? '', 'uri'),
    chain: chainOf(authority, 'timestampAuthorities'),
    validFor: window(authority.validFor, 'timestampAuthorities.validFor'),
  };
}

function chainOf(authority: Members, what: string): CertificateAuthority['chain'] {
  const list = object(authority.certChain, `${what}.certChain`).certificates;
  if (!Array.isArray(list) || list.length === 0) throw wrong(`${what}.certChain has no certificates`);
  if (list.length > LIMITS.chainCertificates)
    throw new AssayError('limit', `trusted root: chain of ${list.length} certificates (at most ${LIMITS.chainCertificates})`);
  return list.map((c: Json) => parseCertificate(bytes(object(c, what).rawBytes, `${what}.rawBytes`)));
}

function window(value: Json | undefined, what: string): Validity {
  if (value === undefined || value === null) return { start: undefined, end: undefined };
  const { start, end } = object(value, what);
  return { start: time(start, `${what}.start`), end: time(end, `${what}.end`) };
}

/** RFC 3339, as protobuf's JSON writes times. */
function time(value: Json | undefined, what: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(value))
    throw wrong(`${what} is no time`);
  const at = Date.parse(value);
  if (Number.isNaN(at)) throw wrong(`${what} is no time`);
  return at;
}

function hostOf(url: string): string {
  return url.replace(/^[a-z]+:\/\//i, '').replace(/\/.*$/, '');
}

function bytes(value: Json | undefined, what: string): Bytes {
  return decodeBase64(text(value, what), what);
}

function text(value: Json | undefined, what: string): string {
  if (typeof value !== 'string') throw wrong(`${what} is not a text`);
  return value;
}

function object(value: Json | undefined, what: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${what} is not an object`);
  return value as Members;
}

function wrong(why: string): AssayError {
  return new AssayError('trust-invalid', `trusted root: ${why}`);
}
