import { parseStatement } from '../../attestation/index.ts';
import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { parseDigest } from '../../oci/digest.ts';
import { attestStatement, sameLongNumbers, samePredicate } from '../../sign/index.ts';
import { isAbout, type Stated } from './attestation-task.ts';
import type { BlobToSign } from './blob-content.ts';

/** The statement about a file. Throws `statement-invalid` for a given one that is about something else. */
export function statementOfBlob(stated: Stated, { base, subject, name }: BlobToSign): Bytes {
  const sha256 = subject.digests.get('sha256') ?? '';
  if (stated.kind === 'predicate')
    return attestStatement({
      name: base,
      digests: new Map([['sha256', sha256]]),
      predicateType: stated.predicate.type,
      predicate: stated.predicate.json,
    });
  if (!isAbout(stated.statement, parseDigest(`sha256:${sha256}`)))
    throw new AssayError('statement-invalid', `the statement is not about ${name} (sha256:${sha256})`, {
      hint: 'one of its subjects has to have the digest of the file',
    });
  return stated.statement;
}

/** Whether a verified statement about a file states the same. */
export function claimsSameOfBlob(payload: Bytes, stated: Stated, blob: BlobToSign): boolean {
  const [found, statement] = [parseStatement(payload), statementOfBlob(stated, blob)];
  const wanted = parseStatement(statement);
  if (!sameLongNumbers(payload, statement)) return false;
  return found.predicateType === wanted.predicateType && samePredicate(found.predicateType, found.predicate, wanted.predicate);
}
