import { hash } from 'node:crypto';
import type { Bytes } from '../../bytes/index.ts';
import type { Certificate, Extension } from './certificate.ts';
import { nameText } from './name.ts';

/** The parts that parsing yields; texts and fingerprint are computed when they are asked for. */
type Parts = Omit<Certificate, 'issuerText' | 'subjectText' | 'fingerprint'>;

/** An extension whose value becomes a view when it is asked for: most of Fulcio's twenty are asked for seldom. */
export class ParsedExtension implements Extension {
  readonly critical: boolean;
  readonly #bytes: Bytes;
  readonly #start: number;
  readonly #end: number;

  constructor(critical: boolean, bytes: Bytes, start: number, end: number) {
    this.critical = critical;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  get value(): Bytes {
    return this.#bytes.subarray(this.#start, this.#end);
  }
}

/** What `parseCertificate` returns. A class, because getters of a prototype cost nothing per certificate. */
export class ParsedCertificate implements Certificate {
  readonly der: Bytes;
  readonly tbs: Bytes;
  readonly serial: Bytes;
  readonly issuer: Bytes;
  readonly subject: Bytes;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly spki: Bytes;
  readonly signatureAlgorithm: Certificate['signatureAlgorithm'];
  readonly signature: Bytes;
  readonly extensions: Certificate['extensions'];
  readonly basicConstraints: Certificate['basicConstraints'];
  readonly keyUsage: number | undefined;
  readonly extendedKeyUsage: Certificate['extendedKeyUsage'];
  readonly subjectAltNames: Certificate['subjectAltNames'];
  readonly nameConstraints: Certificate['nameConstraints'];
  readonly subjectKeyId: Bytes | undefined;
  readonly authorityKeyId: Bytes | undefined;
  #fingerprint: string | undefined;
  #issuerText: string | undefined;
  #subjectText: string | undefined;

  constructor(parts: Parts) {
    this.der = parts.der;
    this.tbs = parts.tbs;
    this.serial = parts.serial;
    this.issuer = parts.issuer;
    this.subject = parts.subject;
    this.notBefore = parts.notBefore;
    this.notAfter = parts.notAfter;
    this.spki = parts.spki;
    this.signatureAlgorithm = parts.signatureAlgorithm;
    this.signature = parts.signature;
    this.extensions = parts.extensions;
    this.basicConstraints = parts.basicConstraints;
    this.keyUsage = parts.keyUsage;
    this.extendedKeyUsage = parts.extendedKeyUsage;
    this.subjectAltNames = parts.subjectAltNames;
    this.nameConstraints = parts.nameConstraints;
    this.subjectKeyId = parts.subjectKeyId;
    this.authorityKeyId = parts.authorityKeyId;
  }

  get fingerprint(): string {
    this.#fingerprint ??= hash('sha256', this.der, 'hex');
    return this.#fingerprint;
  }

  get issuerText(): string {
    this.#issuerText ??= nameText(this.issuer);
    return this.#issuerText;
  }

  get subjectText(): string {
    this.#subjectText ??= nameText(this.subject);
    return this.#subjectText;
  }
}
