import { COSIGN_SIGN_PREDICATE, parseStatement } from '../../attestation/index.ts';
import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { algorithmOf, type Digest, hexOf } from '../../oci/digest.ts';
import { type Predicate, predicateOf } from '../../sign/index.ts';
import { parseBoolean } from '../argv.ts';
import { provenanceFromCi } from '../attest/from-ci.ts';
import type { Call } from '../command.ts';
import { readInput } from '../verify/files.ts';
import { predicateCheck } from './check-predicate.ts';
import type { ImageTask } from './images.ts';

/** What is stated: a predicate of a type, or a whole statement. */
export type Stated =
  | { readonly kind: 'predicate'; readonly predicate: Predicate }
  | { readonly kind: 'statement'; readonly statement: Bytes; readonly type: string };

/** What `--predicate` with `--type`, or `--statement`, states. Throws `usage-invalid`, `predicate-invalid`, `statement-invalid`. */
export async function statedOf(call: Call): Promise<Stated> {
  const { options, io } = call;
  const provenance = await provenanceFromCi(call);
  if (provenance !== undefined) return { kind: 'predicate', predicate: provenance };
  const [predicate, statement] = [options.text('predicate'), options.text('statement')];
  if ((predicate === undefined) === (statement === undefined))
    throw new AssayError(
      'usage-invalid',
      predicate === undefined ? 'what is attested?' : '--predicate and --statement exclude each other',
      {
        hint: '--predicate FILE with --type TYPE, --statement FILE, or --from-ci',
      },
    );
  if (statement !== undefined) {
    const bytes = await readInput(statement, 'statement', io);
    const { predicateType, predicate: value } = ownStatement(bytes, statement);
    refuseSigning(predicateType);
    if (value !== undefined) await predicateCheck(call)(predicateType, value);
    if (options.given('type')) throw new AssayError('usage-invalid', '--statement says the type itself: leave out --type');
    return { kind: 'statement', statement: bytes, type: predicateType };
  }
  const file = predicate ?? '';
  const content = await readInput(file, 'predicate', io);
  const type = options.text('type') ?? 'custom';
  const made = await predicateOf(content, type, io.now(), predicateCheck(call)).catch((error: unknown) => notOurs(error, file));
  refuseSigning(made.type);
  if (type === 'custom' && !isJson(content)) call.out.warn('predicate-is-text', `${file} is no JSON: it is attested as text`);
  return { kind: 'predicate', predicate: made };
}

function ownStatement(bytes: Bytes, file: string): ReturnType<typeof parseStatement> {
  try {
    return parseStatement(bytes);
  } catch (error) {
    return notOurs(error, file);
  }
}

// What is wrong in a file of the user's is misuse, where the same in evidence would make that invalid.
function notOurs(error: unknown, file: string): never {
  if (!(error instanceof AssayError) || (error.code !== 'json-invalid' && error.code !== 'statement-invalid')) throw error;
  throw new AssayError('predicate-invalid', `${file}: ${error.message}`, { cause: error });
}

function isJson(content: Bytes): boolean {
  try {
    JSON.parse(Buffer.from(content).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

// A statement of this type is a signature, and whoever attests means something else.
function refuseSigning(type: string): void {
  if (type === COSIGN_SIGN_PREDICATE)
    throw new AssayError('usage-invalid', `a statement of the type ${type} is a signature`, { hint: 'assay sign' });
}

/** Whether a statement is about a digest. */
export function isAbout(statement: Bytes, digest: Digest): boolean {
  return parseStatement(statement).subjects.some((s) => s.digests.get(algorithmOf(digest)) === hexOf(digest));
}

/** The predicate type that is stated. */
export function typeOf(stated: Stated): string {
  return stated.kind === 'statement' ? stated.type : stated.predicate.type;
}

/** What `assay attest` claims of images. Throws as `statedOf`. */
export async function attestationTask(call: Call): Promise<ImageTask> {
  const { options } = call;
  const stated = await statedOf(call);
  const type = typeOf(stated);
  return {
    upload: uploads(call),
    prints: !uploads(call),
    wanted: { kind: 'attestation', predicateType: { uri: type, versioned: false } },
    claims({ descriptor }) {
      if (stated.kind === 'predicate') return { kind: 'attestation', predicate: stated.predicate };
      if (!isAbout(stated.statement, descriptor.digest))
        throw new AssayError('statement-invalid', `the statement is not about ${descriptor.digest}`, {
          hint: 'one of its subjects has to have the digest of the image',
        });
      return { kind: 'statement', statement: stated.statement };
    },
    ...(options.flag('replace') ? { replaces: (e) => e.predicateType === type } : {}),
  };
}

/** Whether the attestation is written: `--no-upload`, or its variable, says no. */
export function uploads({ options, io }: Pick<Call, 'options' | 'io'>): boolean {
  const variable = io.env.COSIGN_NO_UPLOAD ?? '';
  // The parser keeps the flag under the name without "no".
  return options.flag('no-upload') && (variable === '' || !parseBoolean(variable, 'COSIGN_NO_UPLOAD'));
}
