import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import {
  type Compiled,
  type CompileResources,
  compilePolicies,
  type Evaluator,
  type PolicyFile,
  type PolicySet,
} from '../../policy/index.ts';
import type { TrustMaterial } from '../../trust/index.ts';
import type { Call } from '../command.ts';
import { readInput } from './files.ts';
import { trustStoreAtHand } from './trust-store.ts';

/** The policies of `--policy FILE…`, compiled. Throws `policy-invalid` with the first mistake when a file does not compile. */
export async function policiesOf(files: readonly string[], call: Call): Promise<PolicySet> {
  const { files: compiled, set } = await compileFiles(files, call);
  for (const f of compiled) for (const w of f.warnings) call.out.warn(w.code, `${f.file}${positionText(w.at)}: ${w.message}`);
  const errors = compiled.flatMap((f) => f.errors.map((error) => ({ file: f.file, error })));
  const [wrong] = errors;
  if (wrong !== undefined) {
    const { file, error: first } = wrong;
    const where = first.message.startsWith(file) ? '' : `${file}: `;
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    // What could not be fetched is no mistake of the policy's: whether the image is allowed is then not known.
    const kept = first.group === 'transport' || ['internal', 'engine-missing', 'offline'].includes(first.code);
    const code = kept ? first.code : 'policy-invalid';
    throw new AssayError(code, `${where}${first.message}${positionText(first.at)}${more}`, {
      cause: first,
      hint: first.hint ?? `assay policy check ${files.join(' ')} shows every mistake`,
    });
  }
  return set;
}

/** Compiles policy files with what the command line gives them. `check`: nothing will be judged, so the trust root at hand is as good as the newest. */
export async function compileFiles(files: readonly string[], call: Call, check = false): Promise<Compiled> {
  const read = await Promise.all(
    files.map(async (name): Promise<PolicyFile> => ({ name, text: (await readInput(name, 'policy', call.io)).toString('utf8') })),
  );
  return compilePolicies(read, resourcesOf(call, check));
}

/** `:LINE:COLUMN` of a place in a file, as far as it is known. */
export function positionText(at: { readonly line?: number; readonly column?: number } | undefined): string {
  if (at?.line === undefined) return '';
  return ` (line ${at.line}${at.column === undefined ? '' : `, column ${at.column}`})`;
}

function resourcesOf(call: Call, check: boolean): CompileResources {
  const { io } = call;
  let root: Promise<TrustMaterial> | undefined;
  let evaluator: Promise<Evaluator> | undefined;
  return {
    file: (name, from) => boundedFile(path.resolve(io.cwd, from === '-' ? '.' : path.dirname(from), name), name),
    fetch: (url) => fetched(url, call),
    async serviceKey(reference) {
      const { policyKey } = await import('./policy-key.ts');
      return policyKey(reference, call);
    },
    publicGoodRoot() {
      root ??= import('./trust.ts').then((m) => m.publicGood(call, check ? { atHand: true, quiet: true } : {}));
      return root;
    },
    async tufRoot(source) {
      const { tufRoot } = await import('./policy-tuf.ts');
      return tufRoot(source, call);
    },
    evaluator() {
      evaluator ??= import('../../engines/index.ts').then((m) => m.createEvaluator());
      return evaluator;
    },
    artifact: async (reference) => {
      const { readArtifact } = await import('./policy-artifact.ts');
      return readArtifact(reference, call);
    },
    ...trustStoreAtHand(call),
    now: io.now().getTime(),
  };
}

async function boundedFile(file: string, name: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > LIMITS.policyBytes) throw new AssayError('limit', `${name} has ${size} bytes (at most ${LIMITS.policyBytes})`);
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof AssayError) throw cause;
    throw new AssayError('file-unreadable', `cannot read ${name}, which a policy names`, { cause });
  }
}

async function fetched(url: string, { options, io, signal }: Call): Promise<Uint8Array> {
  if (!/^https:\/\//i.test(url))
    throw new AssayError('policy-invalid', `what a policy names is fetched over https only, and not from ${shownAddress(url)}`);
  if (options.has('offline') && options.flag('offline'))
    throw new AssayError('offline', `--offline forbids fetching ${shownAddress(url)}, which a policy names`);
  const { fetchDocument } = await import('../../trust/service-client/document.ts');
  return fetchDocument(url, { env: io.env, signal, maxBytes: LIMITS.policyBytes, who: 'what a policy names' });
}
