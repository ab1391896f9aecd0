import type { Json } from '../../codec/json.ts';
import { maybeObject, maybeText, maybeTime, objectOf } from './read.ts';

/** A vulnerability scan (cosign specs/COSIGN_VULN_ATTESTATION_SPEC.md). */
export interface VulnerabilityScan {
  readonly kind: 'vulnerability-scan';
  readonly scanner: {
    readonly uri: string | undefined;
    readonly version: string | undefined;
    readonly database: { readonly uri: string | undefined; readonly version: string | undefined };
  };
  readonly startedOn: Date | undefined;
  readonly finishedOn: Date | undefined;
  readonly invocation: { readonly uri: string | undefined; readonly event: string | undefined; readonly builder: string | undefined };
  /** The scanner's own report, whole. */
  readonly result: Json | undefined;
}

/** Reads a vulnerability scan. Throws `statement-invalid`. */
export function readVulnerabilityScan(predicate: Json | undefined): VulnerabilityScan {
  const document = objectOf(predicate, 'vulnerability scan');
  const scanner = maybeObject(document.scanner, 'scanner');
  const database = maybeObject(scanner.db, 'scanner.db');
  const metadata = maybeObject(document.metadata, 'metadata');
  const invocation = maybeObject(document.invocation, 'invocation');
  return {
    kind: 'vulnerability-scan',
    scanner: {
      uri: maybeText(scanner.uri, 'scanner.uri'),
      version: maybeText(scanner.version, 'scanner.version'),
      database: { uri: maybeText(database.uri, 'scanner.db.uri'), version: maybeText(database.version, 'scanner.db.version') },
    },
    startedOn: maybeTime(metadata.scanStartedOn, 'metadata.scanStartedOn'),
    finishedOn: maybeTime(metadata.scanFinishedOn, 'metadata.scanFinishedOn'),
    invocation: {
      uri: maybeText(invocation.uri, 'invocation.uri'),
      event: maybeText(invocation.event_id, 'invocation.event_id'),
      builder: maybeText(invocation['builder.id'], 'invocation.builder.id'),
    },
    result: scanner.result,
  };
}
