import { AssayError, toAssayError } from '../../errors.ts';
import { type Digest, digestOf, parseDigest } from '../../oci/digest.ts';
import { COSE_ENVELOPE, JWS_ENVELOPE } from '../../oci/media-types.ts';
import { chooseBlobStatement, compileBlobStatements, parseTrustPolicy } from '../../policy/dialect/notation/index.ts';
import { type CompiledPolicy, decide, type ImageSubject, pose } from '../../policy/index.ts';
import { decodeNotationEnvelope } from '../../signature/notation/decode.ts';
import { type LocatedEvidence, type SubjectReport, verifyLocated } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { answer } from './answer.ts';
import { type Blob, blobOf } from './blob.ts';
import { metadataOf } from './demands.ts';
import { readInput } from './files.ts';
import { notationFacts } from './notation-facts.ts';
import { checkNotationFlags } from './notation-flags.ts';
import { report, trustPolicyFile } from './trust-policy.ts';
import { trustStoreOf } from './trust-store.ts';

/** Flags about evidence and signers of Sigstore, which a trust policy has no use for. */
const OTHERS = [
  'bundle',
  'certificate',
  'rfc3161-timestamp',
  'key',
  'certificate-identity',
  'certificate-identity-regexp',
  'certificate-oidc-issuer',
  'certificate-oidc-issuer-regexp',
  'threshold',
];

/** Verifies a Notary Project signature in a file about a file or digest, by the statement of a trust policy, and answers the exit code. */
export async function verifyNotationBlob(name: string, call: Call): Promise<number> {
  const { options, io } = call;
  checkNotationFlags(call);
  const other = OTHERS.find((f) => options.has(f) && options.given(f));
  if (other !== undefined)
    throw new AssayError('usage-invalid', `--${other} cannot be used with a trust policy, which says who has to have signed`, {
      hint: '--signature FILE names the signature',
    });
  const policy = await policyOf(call);
  const [blob, evidence, facts] = await Promise.all([blobOf(name, call), evidenceOf(call), notationFacts(call)]);
  const digest = digestOfBlob(blob);
  const mediaType = options.text('media-type');
  const subject: ImageSubject = { text: name, repository: '', tag: undefined, digest };
  const posed = pose({ policies: [policy], noMatch: 'deny' }, subject);
  if (posed.kind !== 'ask') throw new AssayError('internal', 'the chosen statement was not asked');
  const verdict = await verifyLocated([evidence], {
    subject: { ...blob.subject, ...(mediaType === undefined ? {} : { mediaType }) },
    requirement: posed.requirement,
    now: io.now().getTime(),
    facts,
    signal: call.signal,
  });
  const judged: SubjectReport = {
    reference: name,
    digest,
    platform: undefined,
    ...decide(posed, verdict, subject),
    evidence: verdict.evidence,
    unlisted: verdict.unlisted,
    sources: verdict.sources,
    errors: verdict.errors,
  };
  return answer('files', [judged], call);
}

async function policyOf(call: Call): Promise<CompiledPolicy> {
  const file = trustPolicyFile(call, ['trustpolicy.blob.json']);
  const document = parseTrustPolicy((await readInput(file, 'trust policy', call.io)).toString('utf8'), file);
  const { statements, errors, warnings } = await compileBlobStatements(
    document,
    { trustStore: trustStoreOf(call) },
    { annotations: metadataOf(call) },
  );
  report(errors, warnings, call);
  const { name, requirement } = chooseBlobStatement(statements, call.options.text('policy-name'));
  return { name, dialect: 'notation', mode: 'enforce', applies: () => true, requirement };
}

/** The envelope in the file that `--signature` names; its name says which form it has, else its content does. */
async function evidenceOf({ options, io }: Call): Promise<LocatedEvidence> {
  const file = options.text('signature');
  if (file === undefined) throw new AssayError('usage-invalid', 'which signature?', { hint: '--signature FILE.jws.sig or FILE.cose.sig' });
  const bytes = await readInput(file, 'signature', io);
  const mediaType = file.endsWith('.cose.sig') ? COSE_ENVELOPE : file.endsWith('.jws.sig') ? JWS_ENVELOPE : undefined;
  const format =
    mediaType === COSE_ENVELOPE || (mediaType === undefined && bytes[0] !== '{'.charCodeAt(0)) ? 'notation-cose' : 'notation-jws';
  const at = { format, digest: digestOf(bytes), found: 'file', storedAs: undefined } as const;
  try {
    const content = decodeNotationEnvelope(bytes, mediaType);
    return { ...at, format: content.format, content };
  } catch (error) {
    return { ...at, content: toAssayError(error) };
  }
}

function digestOfBlob({ subject }: Blob): Digest {
  const [algorithm, hex] = ['sha256', 'sha384', 'sha512'].flatMap((a) => (subject.digests.has(a) ? [a, subject.digests.get(a) ?? ''] : []));
  return parseDigest(`${algorithm}:${hex}`);
}
