import { wantedPredicateType } from '../../../../attestation/index.ts';
import type { PublicKey } from '../../../../crypto/index.ts';
import { parseReference } from '../../../../oci/reference.ts';
import type { FormatName } from '../../../../signature/index.ts';
import {
  type Authority as Asked,
  byRegexp,
  type Condition,
  type EvidenceLeaf,
  type EvidenceSource,
  exactly,
  type IdentityAuthority,
  type Label,
  type Requirement,
} from '../../../../verify/index.ts';
import type { Attestation, Authority, Identity, Source } from '../model.ts';
import { type CompiledText, compileText } from '../program.ts';
import type { FieldPath } from '../validation/field-error.ts';
import { certificatesOf, hashOf, holdsMore, keyText, publicKeyOfPem, serviceKeyOf } from './key.ts';
import { type LeafTrust, type TrustSources, trustOf } from './trust.ts';

/** A compiled authority. */
export interface CompiledAuthority {
  readonly name: string;
  readonly kind: 'key' | 'keyless' | 'static';
  readonly requirement: Requirement;
  /** The wanted attestations in the order of the requirement's parts; empty for signatures. */
  readonly attestations: readonly WantedAttestation[];
  /** Names of Secrets with credentials for the place of the evidence. */
  readonly pullSecrets: readonly string[];
}

/** An attestation that an authority asks for, by the name and type that the policy gives it. */
export interface WantedAttestation {
  readonly name: string;
  readonly predicateType: string;
}

/** Compiles an authority. What is wrong is noted, and `undefined` answered: the policy can then never be met. */
export async function compileAuthority(
  authority: Authority,
  index: number,
  policy: string,
  sources: TrustSources,
): Promise<CompiledAuthority | undefined> {
  const path = ['spec', 'authorities', index];
  const name = authority.name || `authority-${index}`;
  const label = { policy, authority: name };
  if (authority.static !== undefined) {
    const { action, message = '' } = authority.static;
    const reason = action === 'pass' ? 'allowed by static policy' : `disallowed by static policy: ${message}`;
    return {
      name,
      kind: 'static',
      requirement: { kind: 'static', met: action === 'pass', reason, label },
      attestations: [],
      pullSecrets: [],
    };
  }
  lint(authority, path, sources);
  const service = authority.key?.kms ? await serviceKeyOf(authority.key.kms, sources.resources) : undefined;
  if (service !== undefined && 'why' in service) return unknownKey(service.why, name, path, sources, label);
  const source = sourceOf(authority.source?.[0], [...path, 'source', 0], sources);
  const [asked, trust, texts] = await Promise.all([
    authorities(authority, path, name, service?.key, sources),
    trustWithChain(authority, path, sources),
    Promise.all((authority.attestations ?? []).map((a, i) => attestationText(a, [...path, 'attestations', i], sources))),
  ]);
  if (asked === undefined || trust === undefined || texts.some((t) => t === undefined)) return undefined;
  const kind = authority.key === undefined ? 'keyless' : 'key';
  const pullSecrets = (authority.source?.[0]?.signaturePullSecrets ?? []).map((s) => s.name ?? '');
  const attestations = (authority.attestations ?? []).map((a) => ({ name: a.name ?? '', predicateType: a.predicateType ?? '' }));
  const compiled = { name, kind, attestations, pullSecrets } as const;
  if (trust.never !== undefined) {
    const reason = `authority ${name} cannot be satisfied: ${trust.never}`;
    sources.problems.warn('never-satisfied', trust.never, path);
    return { ...compiled, requirement: { kind: 'static', met: false, outcome: 'inconclusive', reason, label } };
  }
  const leaf = leafMaker(asked, trust, formatsOf(authority), source);
  if (attestations.length === 0) return { ...compiled, requirement: leaf({ kind: 'signature' }, label) };
  const of = attestations.map((a, i) => attestationLeaf(a, texts[i], label, leaf));
  return { ...compiled, requirement: { kind: 'allOf', of, label } };
}

/** A valid policy whose key is not known: it is never met, and says so. */
function unknownKey(why: string, name: string, path: FieldPath, { problems }: TrustSources, label: Label): CompiledAuthority {
  problems.warn('key-service', `${why}; to ask nobody, print the public key once (assay keys public --key …) and give it as data`, [
    ...path,
    'key',
    'kms',
  ]);
  return {
    name,
    kind: 'key',
    requirement: { kind: 'static', met: false, outcome: 'inconclusive', reason: why, label },
    attestations: [],
    pullSecrets: [],
  };
}

function attestationLeaf(
  { name, predicateType }: WantedAttestation,
  text: CompiledText | 'none' | undefined,
  label: Label,
  leaf: ReturnType<typeof leafMaker>,
): EvidenceLeaf {
  const wanted = { kind: 'attestation', predicateType: { uri: predicateUri(predicateType), versioned: false } } as const;
  const made = leaf(wanted, { ...label, rule: name });
  return typeof text === 'function' ? { ...made, conditions: [conditionOf(name, text)] } : made;
}

/** policy-controller compares types exactly; the deprecated short names stand for one URI each. */
function predicateUri(type: string): string {
  try {
    return wantedPredicateType(type).uri;
  } catch {
    return type;
  }
}

/** The statement as it was signed is what a policy of an attestation is asked about. */
function conditionOf(name: string, text: CompiledText): Condition {
  return {
    name,
    evaluate: ({ findings, signal }) => text(name, Buffer.from(findings.payload ?? new Uint8Array()).toString('utf8'), signal),
  };
}

async function attestationText(a: Attestation, path: FieldPath, sources: TrustSources): Promise<CompiledText | 'none' | undefined> {
  if (a.policy === undefined) return 'none';
  return compileText(a.policy, [...path, 'policy'], sources.resources, sources.problems);
}

async function authorities(
  authority: Authority,
  path: FieldPath,
  name: string,
  service: PublicKey | undefined,
  { resources, problems }: TrustSources,
): Promise<readonly Asked[] | undefined> {
  const { key, keyless } = authority;
  if (key !== undefined && service !== undefined) {
    const hash = await problems.during([...path, 'key', 'hashAlgorithm'], async () => ({ is: hashOf(key) }));
    return hash === undefined ? undefined : [{ kind: 'key', name, key: service, ...(hash.is === undefined ? {} : { hash: hash.is }) }];
  }
  if (key !== undefined) {
    const at = [...path, 'key', key.secretRef === undefined ? 'data' : 'secretRef'];
    const text = await problems.during(at, async () => {
      const found = await keyText(key, resources);
      publicKeyOfPem(found);
      return found;
    });
    const hash = await problems.during([...path, 'key', 'hashAlgorithm'], async () => ({ is: hashOf(key) }));
    if (text === undefined || hash === undefined) return undefined;
    if (holdsMore(text)) problems.warn('further-keys', 'only the first PEM block counts; give every key an authority of its own', at);
    return [{ kind: 'key', name, key: publicKeyOfPem(text), ...(hash.is === undefined ? {} : { hash: hash.is }) }];
  }
  const identities = keyless?.identities ?? [];
  const made = await Promise.all(
    identities.map((identity, i) => problems.during([...path, 'keyless', 'identities', i], () => identityAuthority(identity))),
  );
  return made.some((m) => m === undefined) ? undefined : made.flatMap((m) => (m === undefined ? [] : [m]));
}

/** Expressions may match anywhere, as Go's do. */
async function identityAuthority(identity: Identity): Promise<IdentityAuthority> {
  const { issuer = '', issuerRegExp = '', subject = '', subjectRegExp = '' } = identity;
  return {
    kind: 'identity',
    name: `${subject || `/${subjectRegExp}/`} by ${issuer || `/${issuerRegExp}/`}`,
    issuer: issuer === '' ? await byRegexp(issuerRegExp, 'anywhere') : exactly(issuer),
    subject: subject === '' ? await byRegexp(subjectRegExp, 'anywhere') : exactly(subject),
    claims: new Map(),
  };
}

async function trustWithChain(authority: Authority, path: FieldPath, sources: TrustSources): Promise<LeafTrust | undefined> {
  const caCert = authority.keyless?.['ca-cert'];
  if (caCert === undefined) return trustOf(authority, path, undefined, sources);
  const chain = await sources.problems.during([...path, 'keyless', 'ca-cert'], async () => {
    hashOf(caCert);
    return certificatesOf(caCert, sources.resources);
  });
  return chain === undefined ? undefined : trustOf(authority, path, chain, sources);
}

/** Without a form every one of Sigstore's counts: what an image was signed with last says nothing about whom it is trusted for. */
function formatsOf({ signatureFormat }: Authority): readonly FormatName[] | undefined {
  if (signatureFormat === 'bundle') return ['sigstore-bundle'];
  return signatureFormat === 'legacy' ? ['cosign-tag', 'cosign-oci11'] : undefined;
}

function sourceOf(source: Source | undefined, path: FieldPath, { problems }: TrustSources): EvidenceSource | undefined {
  const { oci = '', tagPrefix = '', signaturePullSecrets = [] } = source ?? {};
  if (oci === '' && tagPrefix === '' && signaturePullSecrets.length === 0) return undefined;
  if (oci !== '' && !oci.includes('/'))
    problems.warn('registry-alone', `"${oci}" is read as a repository of Docker Hub; name the repository that holds the signatures`, [
      ...path,
      'oci',
    ]);
  const reference = oci === '' ? undefined : parseReference(oci);
  const repository = reference?.kind === 'registry' ? `${reference.registry}/${reference.repository}` : undefined;
  return { ...(repository === undefined ? {} : { repository }), ...(tagPrefix === '' ? {} : { tagPrefix }) };
}

function leafMaker(
  asked: readonly Asked[],
  { trust, demands }: LeafTrust,
  formats: readonly FormatName[] | undefined,
  source: EvidenceSource | undefined,
): (wanted: EvidenceLeaf['wanted'], label: Label) => EvidenceLeaf {
  return (wanted, label) => ({
    kind: 'evidence',
    wanted,
    authorities: asked,
    threshold: 1,
    demands,
    trust,
    label,
    ...(source === undefined ? {} : { source }),
    ...(formats === undefined ? {} : { formats }),
  });
}

const PUBLIC_GOOD = { fulcio: 'https://fulcio.sigstore.dev', rekor: 'https://rekor.sigstore.dev' };

/** Doubts about what is allowed but hardly meant. */
function lint({ keyless, ctlog, rfc3161timestamp, signatureFormat }: Authority, path: FieldPath, { problems }: TrustSources): void {
  for (const [i, identity] of (keyless?.identities ?? []).entries()) {
    for (const name of ['issuerRegExp', 'subjectRegExp'] as const) {
      const pattern = identity[name] ?? '';
      if (pattern !== '' && !(pattern.startsWith('^') && pattern.endsWith('$')))
        problems.warn(
          'unanchored-identity',
          `${JSON.stringify(pattern.slice(0, 200))} matches anywhere in the text; write ^ before and $ after it`,
          [...path, 'keyless', 'identities', i, name],
        );
    }
  }
  const foreign = (url: string | undefined, known: string): boolean => (url ?? '') !== '' && (url ?? '').replace(/\/+$/, '') !== known;
  if (foreign(keyless?.url, PUBLIC_GOOD.fulcio) && !keyless?.trustRootRef)
    problems.warn('url-not-trusted', `certificates of the public good instance count, not those of ${keyless?.url}; name a trustRootRef`, [
      ...path,
      'keyless',
      'url',
    ]);
  if (foreign(ctlog?.url, PUBLIC_GOOD.rekor) && !ctlog?.trustRootRef)
    problems.warn('url-not-trusted', `logs of the public good instance count, not that of ${ctlog?.url}; name a trustRootRef`, [
      ...path,
      'ctlog',
      'url',
    ]);
  const stamped = (rfc3161timestamp?.trustRootRef ?? '') !== '';
  if (rfc3161timestamp !== undefined && !stamped && signatureFormat !== 'bundle')
    problems.warn('no-effect', 'without a trustRootRef no timestamp is asked for', [...path, 'rfc3161timestamp']);
  if (ctlog !== undefined && stamped)
    problems.warn('no-effect', 'timestamps take the place of the log: ctlog asks for nothing beside rfc3161timestamp', [...path, 'ctlog']);
}
