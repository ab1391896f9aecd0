import { encodeHex } from '../../bytes/index.ts';
import { LIMITS } from '../../limits.ts';
import type { Certificate } from '../x509/index.ts';
import type { RevocationList } from './crl/list.ts';
import type { Finding } from './finding.ts';

/** Verified findings and lists, each until its next update. Pure: time is a parameter, in milliseconds since 1970. */
export interface RevocationCache {
  /** What was found about a certificate by this issuer. */
  finding(certificate: Certificate, issuer: Certificate, now: number): Finding | undefined;
  keepFinding(certificate: Certificate, issuer: Certificate, finding: Finding): void;
  /** The list of an address; whether it is by the right issuer has to be looked at again. */
  list(url: string, now: number): RevocationList | undefined;
  keepList(url: string, list: RevocationList): void;
  clear(): void;
}

/**
 * An empty cache: at most `LIMITS.revocationsKept` findings and `LIMITS.crlCacheBytes` of lists, the oldest leaves first. What is unknown
 * is not kept. A certificate is told by its issuer's and its own fingerprint: the serial number alone would let another certificate with
 * the same one answer for it.
 */
export function createRevocationCache(): RevocationCache {
  const findings = new Map<string, Exclude<Finding, { status: 'unknown' }>>();
  const lists = new Map<string, { readonly list: RevocationList; readonly until: number }>();
  let bytes = 0;

  function dropList(url: string): void {
    bytes -= lists.get(url)?.list.der.length ?? 0;
    lists.delete(url);
  }

  return {
    finding(certificate, issuer, now) {
      const key = keyOf(certificate, issuer);
      const found = findings.get(key);
      if (found === undefined || now <= found.until) return found;
      findings.delete(key);
      return undefined;
    },
    keepFinding(certificate, issuer, finding) {
      if (finding.status === 'unknown') return;
      const key = keyOf(certificate, issuer);
      findings.delete(key);
      if (findings.size >= LIMITS.revocationsKept) for (const oldest of findings.keys()) if (findings.delete(oldest)) break;
      findings.set(key, finding);
    },
    list(url, now) {
      const kept = lists.get(url);
      if (kept !== undefined && now <= kept.until) return kept.list;
      dropList(url);
      return undefined;
    },
    keepList(url, list) {
      dropList(url);
      if (list.nextUpdate === undefined || list.der.length > LIMITS.crlCacheBytes) return;
      for (const oldest of lists.keys()) {
        if (bytes + list.der.length <= LIMITS.crlCacheBytes) break;
        dropList(oldest);
      }
      bytes += list.der.length;
      lists.set(url, { list, until: list.nextUpdate });
    },
    clear() {
      findings.clear();
      lists.clear();
      bytes = 0;
    },
  };
}

function keyOf(certificate: Certificate, issuer: Certificate): string {
  return `${issuer.fingerprint} ${encodeHex(certificate.serial)} ${certificate.fingerprint}`;
}
