import { canonicalJson } from '../../../codec/canonical-json.ts';
import type { Json } from '../../../codec/json.ts';
import { AssayError } from '../../../errors.ts';
import { digestOf, hexOf } from '../../../oci/digest.ts';
import { authorityName, leavesOf } from '../../../verify/index.ts';
import type { Call } from '../../command.ts';
import { readInput } from '../../verify/files.ts';
import type { Question } from '../../verify/question.ts';

/** By what a verdict was reached: its name, and the SHA-256 of what it says. */
export interface JudgedBy {
  readonly uri: string;
  readonly sha256: string;
}

/**
 * The policy of a run. Of policy files the digest is that of the file, or of the list of their digests where there are several; what flags ask is written down as canonical
 * JSON. Throws `usage-invalid` for policies that come from stdin, which nobody could read again.
 */
export async function judgedBy(question: Question, uri: string | undefined, call: Call): Promise<JudgedBy> {
  const { options, io } = call;
  if ('requirement' in question.asked)
    return { uri: uri ?? 'urn:assay:requirement', sha256: await requirementDigest(question.asked.requirement, call) };
  const files = options.list('policy');
  const trustPolicy = options.text('trust-policy');
  const names = files.length > 0 ? files : trustPolicy === undefined ? [] : [trustPolicy];
  if (names.length === 0 || names.includes('-'))
    throw new AssayError('usage-invalid', 'a verification summary names its policy: which file is it?', {
      hint: files.length > 0 ? 'write the policy to a file' : '--trust-policy FILE',
    });
  const digests = await Promise.all(names.map(async (name) => hexOf(digestOf(await readInput(name, 'policy', io)))));
  const [first = ''] = digests;
  return { uri: uri ?? 'urn:assay:policy', sha256: digests.length === 1 ? first : sha256Of(digests.toSorted()) };
}

/** Flags that name what an identity is believed by: the same name by another authority is somebody else. */
const TRUST = ['trusted-root', 'ca-roots', 'ca-intermediates', 'certificate-chain', 'timestamp-certificate-chain'];

async function requirementDigest(
  requirement: Extract<Question['asked'], { readonly requirement: unknown }>['requirement'],
  { options, io }: Call,
): Promise<string> {
  // What a predicate has to satisfy is in files of its own.
  const conditions = options.has('policy') ? options.list('policy') : [];
  const read = await Promise.all(conditions.map(async (name) => hexOf(digestOf(await readInput(name, 'policy', io)))));
  const given = TRUST.flatMap((flag): [string, string][] => {
    const file = options.has(flag) ? options.text(flag) : undefined;
    return file === undefined ? [] : [[flag, file]];
  });
  const piped = given.find(([, file]) => file === '-');
  if (piped !== undefined)
    throw new AssayError('usage-invalid', `a verification summary names what was believed, and --${piped[0]} is read from stdin`, {
      hint: 'write it to a file',
    });
  const trust = await Promise.all(given.map(async ([flag, file]) => [flag, hexOf(digestOf(await readInput(file, flag, io)))]));
  return sha256Of({
    ...(trust.length === 0 ? {} : { trust }),
    leaves: leavesOf(requirement).map(({ authorities, threshold, demands, wanted }) => ({
      authorities: authorities.map(authorityName).toSorted(),
      threshold,
      wanted: plain(wanted),
      demands: plain(demands),
    })),
    conditions: read.toSorted(),
  });
}

/** What JSON can say of a value; maps as lists of pairs. */
function plain(value: unknown): Json {
  const text: string | undefined = JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Map ? [...inner].toSorted() : inner instanceof Set ? [...inner].toSorted() : inner,
  );
  return text === undefined ? null : (JSON.parse(text) as Json);
}

function sha256Of(value: Json): string {
  return hexOf(digestOf(Buffer.from(canonicalJson(value))));
}
