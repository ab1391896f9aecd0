import type { Bytes } from '../../../bytes/index.ts';
import { AssayError, isAssayError, toAssayError } from '../../../errors.ts';
import type { Certificate } from '../../x509/index.ts';
import type { Named } from '../finding.ts';

/** Lists and answers that are there without an address being asked; nothing about them is verified. */
export interface AtHand {
  readonly lists: readonly Named[];
  readonly answers: readonly Named[];
}

/** Where lists and OCSP answers come from. What it returns is checked by whoever asks. */
export interface RevocationSource {
  /** The answer (DER) of the responder at an address to a request (DER). Throws an `AssayError` when there is none. */
  ocsp(url: string, request: Bytes, signal?: AbortSignal): Promise<Bytes>;
  /** The revocation list (DER) at an address. Throws an `AssayError` when there is none. */
  crl(url: string, signal?: AbortSignal): Promise<Bytes>;
  /** What is there about certificates of this issuer, this one above all. */
  atHand?(certificate: Certificate, issuer: Certificate): Promise<AtHand>;
}

/**
 * Several sources as one, the first of them asked first: files before the network. What is at hand in any of them counts before any address
 * is asked. With `files` alone nothing is asked at all, and with no source nothing is known.
 */
export function combineRevocation(...sources: readonly RevocationSource[]): RevocationSource {
  async function first(ask: (source: RevocationSource) => Promise<Bytes>): Promise<Bytes> {
    let reason: AssayError | undefined;
    for (const source of sources) {
      try {
        return await ask(source);
      } catch (error) {
        if (isAssayError(error, 'cancelled')) throw error;
        // That one source asks nowhere is the reason only when none of them does.
        if (reason === undefined || !isAssayError(error, 'offline')) reason = toAssayError(error, 'revocation-unavailable');
      }
    }
    throw reason ?? new AssayError('offline', 'there is no source of revocation information');
  }
  return {
    ocsp: (url, request, signal) => first((source) => source.ocsp(url, request, signal)),
    crl: (url, signal) => first((source) => source.crl(url, signal)),
    async atHand(certificate, issuer) {
      const all = await Promise.all(sources.map((source) => source.atHand?.(certificate, issuer)));
      return { lists: all.flatMap((hand) => hand?.lists ?? []), answers: all.flatMap((hand) => hand?.answers ?? []) };
    },
  };
}
