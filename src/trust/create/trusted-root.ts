import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { parseTrustedRoot } from '../trusted-root.ts';
import { authorityInstance, type Instance, logInstance } from './instance.ts';
import { parseSpec, type ServiceKind } from './spec.ts';

/** A service to list, and how its PEM file is read. */
export interface ServiceRequest {
  readonly kind: ServiceKind;
  /** `key=value,…` as cosign's flags have it. */
  readonly spec: string;
}

/** The member of a trusted root for each kind of service, in the order of the document. */
const MEMBERS = [
  ['rekor', 'tlogs'],
  ['fulcio', 'certificateAuthorities'],
  ['ctfe', 'ctlogs'],
  ['tsa', 'timestampAuthorities'],
] as const;

/**
 * A `trusted_root.json` (media type 0.1, which every client reads) with these services, in the form that `cosign trusted-root create` gives it.
 * `base`: a trusted root to begin with, and the kinds to leave out of it; a log with the same id takes the place of the base's. `read` gets the text of a file that
 * a specification names. Throws `usage-invalid`, `trust-invalid`, `limit`, and what `read` throws.
 */
export async function createTrustedRoot(
  services: readonly ServiceRequest[],
  read: (file: string) => Promise<string>,
  base?: { readonly json: string; readonly without: readonly ServiceKind[] },
): Promise<string> {
  const found = base === undefined ? {} : object(parseJson(base.json, 'trusted root'));
  const root: { [name: string]: Json } = { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' };
  for (const [kind, member] of MEMBERS) {
    const old = base?.without.includes(kind) ? [] : list(found[member]);
    const made: Instance[] = [];
    for (const { spec } of services.filter((s) => s.kind === kind)) made.push(await makeInstance(kind, spec, read));
    const all = unique([...old, ...made]);
    if (all.length > 0) root[member] = all;
  }
  const text = JSON.stringify(root);
  parseTrustedRoot(text);
  return text;
}

async function makeInstance(kind: ServiceKind, text: string, read: (file: string) => Promise<string>): Promise<Instance> {
  const spec = parseSpec(kind, text);
  const isLog = kind === 'rekor' || kind === 'ctfe';
  const pem = await read(spec.get(isLog ? 'public-key' : 'certificate-chain') ?? '');
  return isLog ? logInstance(kind, spec, pem) : authorityInstance(kind, spec, pem);
}

// The last log with an id counts, as in cosign; authorities have none.
function unique(instances: readonly Instance[]): readonly Instance[] {
  const last = new Map<string, Instance>();
  for (const instance of instances) last.set(JSON.stringify(instance.logId ?? instance), instance);
  return instances.some((i) => i.logId !== undefined) ? [...last.values()] : instances;
}

function list(value: Json | undefined): Instance[] {
  return Array.isArray(value) ? value.map((v: Json) => object(v)) : [];
}

function object(value: Json): Instance {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AssayError('trust-invalid', 'the trusted root to begin with is none');
  return value as Instance;
}
