import { Buffer } from 'node:buffer';
import { wantedPredicateType } from '../../attestation/index.ts';
import { importPublicKey } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import { CLOUD_BUILDER, cloudBuildConditions } from '../../policy/expectation/slsa/cloud-build/index.ts';
import { githubBuilders, githubConditions, type SourceQuestion } from '../../policy/expectation/slsa/github/index.ts';
import { PUBLISH, packageConditions, publishConditions } from '../../policy/expectation/slsa/npm.ts';
import { summaryConditions, trackLevel } from '../../policy/expectation/slsa/summary.ts';
import { isVersion } from '../../policy/expectation/slsa/version.ts';
import { NPM_ATTESTATION_KEYS } from '../../trust/embedded/npm-keys.ts';
import { noTrust, type TrustMaterial } from '../../trust/index.ts';
import type { EvidenceLeaf, EvidenceSource, KeyAuthority, Requirement } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { keyAuthority } from '../verify/keys.ts';
import { cloudBuildKeys, type SummaryEntries } from './cloud-build.ts';

const PROVENANCE_TYPES = ['https://slsa.dev/provenance/v0.2', 'https://slsa.dev/provenance/v1'] as const;
const NOTHING = noTrust();

/** What the flags ask about the source. Throws `usage-invalid`. */
export function sourceQuestion({ options }: Call): SourceQuestion {
  const uri = options.text('source-uri');
  if (uri === undefined)
    throw new AssayError('usage-invalid', 'which source? --source-uri is missing', { hint: '--source-uri github.com/OWNER/REPOSITORY' });
  const [tag, versionedTag] = [options.text('source-tag'), options.text('source-versioned-tag')];
  if (tag !== undefined && versionedTag !== undefined)
    throw new AssayError('usage-invalid', '--source-tag and --source-versioned-tag cannot be used together');
  if (versionedTag !== undefined && !(versionedTag.startsWith('v') && isVersion(versionedTag)))
    throw new AssayError('usage-invalid', `--source-versioned-tag is no semantic version: "${versionedTag.slice(0, 60)}"`, {
      hint: 'as v1, v1.2 or v1.2.3',
    });
  const inputs = options.list('build-workflow-input').map((text) => {
    const at = text.indexOf('=');
    if (at <= 0) throw new AssayError('usage-invalid', `--build-workflow-input ${text.slice(0, 100)}: a pair key=value is expected`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return { uri, branch: options.text('source-branch'), tag, versionedTag, inputs: new Map(inputs) };
}

/** The requirement of provenance that a builder on GitHub signed. */
export function githubRequirement(call: Call, trust: TrustMaterial, source?: EvidenceSource): Requirement {
  const builder = call.options.text('builder-id');
  if (builder?.startsWith(CLOUD_BUILDER))
    throw new AssayError('usage-invalid', `${builder} is of Google Cloud Build, and so has to be the provenance`, {
      hint: '--provenance-path FILE of gcloud artifacts docker images describe --show-provenance --format json',
    });
  const conditions = githubConditions(builder, sourceQuestion(call));
  const of = PROVENANCE_TYPES.map((type) => leaf(type, { authorities: [githubBuilders(builder)], trust, conditions }, source));
  return { kind: 'anyOf', of };
}

/** The requirement of npm's pair: the builder's provenance, and the registry's own attestation of the publication. */
export function npmRequirement(call: Call, trust: TrustMaterial): Requirement {
  const builder = call.options.text('builder-id');
  if (builder === undefined)
    throw new AssayError('usage-invalid', 'which builder? --builder-id is needed for npm packages (ErrorInvalidBuilderID)', {
      hint: '--builder-id https://github.com/actions/runner/github-hosted',
    });
  const wanted = { name: call.options.text('package-name'), version: call.options.text('package-version') };
  const conditions = [...githubConditions(builder, sourceQuestion(call)), ...packageConditions(wanted)];
  const provenance = PROVENANCE_TYPES.map((type) => leaf(type, { authorities: [githubBuilders(builder)], trust, conditions }));
  const keys = NPM_ATTESTATION_KEYS.map(({ spki, start, end }) => ({
    authority: { kind: 'key', name: "npm's registry", key: importPublicKey(Buffer.from(spki, 'base64')) } satisfies KeyAuthority,
    start: Date.parse(start),
    end: end === undefined ? Number.POSITIVE_INFINITY : Date.parse(end),
  }));
  const windows = keys.map(({ authority, start, end }) => ({ keyId: authority.key.keyId, start, end }));
  const publish = leaf(PUBLISH, { authorities: keys.map((k) => k.authority), trust, conditions: publishConditions(wanted, windows) });
  return { kind: 'allOf', of: [{ kind: 'anyOf', of: provenance }, publish] };
}

/** The requirement of provenance of Google Cloud Build about an image. */
export async function cloudBuildRequirement(call: Call, digest: string, entries: SummaryEntries): Promise<Requirement> {
  const { authorities, ids } = await cloudBuildKeys(call);
  const builder = call.options.text('builder-id');
  const conditions = cloudBuildConditions(
    builder,
    sourceQuestion(call),
    digest,
    ({ entity }) => (entity === undefined ? undefined : entries.get(entity)),
    ids,
  );
  return leaf(undefined, { authorities, trust: NOTHING, conditions, demands: { unsafeSkipTransparencyLog: true } });
}

/** The requirement of a verification summary, signed with a key. Throws `usage-invalid`, `key-invalid`. */
export async function summaryRequirement(call: Call, digests: readonly string[], keyName: string | undefined): Promise<Requirement> {
  const { options } = call;
  const [verifier, resource] = [options.text('verifier-id'), options.text('resource-uri')];
  const file = options.text('public-key-path') ?? options.text('key');
  if (verifier === undefined || resource === undefined || file === undefined)
    throw new AssayError('usage-invalid', 'a verification summary needs --verifier-id, --resource-uri and --public-key-path');
  const levels = options.list('verified-level').flatMap((l) => l.split(','));
  const wrong = levels.find((l) => l.startsWith('SLSA_') && /_LEVEL_?/.test(l) && trackLevel(l) === undefined);
  if (wrong !== undefined)
    throw new AssayError('usage-invalid', `--verified-level ${wrong.slice(0, 60)} is no SLSA level (ErrorInvalidSLSALevel)`, {
      hint: 'as SLSA_BUILD_LEVEL_2',
    });
  const conditions = summaryConditions({ verifier, resource, levels, digests, keyName });
  const authority = await keyAuthority(file, call);
  return leaf('vsa', { authorities: [authority], trust: NOTHING, conditions, demands: { unsafeSkipTransparencyLog: true } });
}

function leaf(
  type: string | undefined,
  parts: Pick<EvidenceLeaf, 'authorities' | 'trust'> & Partial<Pick<EvidenceLeaf, 'conditions' | 'demands'>>,
  source?: EvidenceSource,
): EvidenceLeaf {
  return {
    kind: 'evidence',
    wanted: { kind: 'attestation', predicateType: type === undefined ? undefined : wantedPredicateType(type) },
    threshold: 1,
    demands: {},
    ...parts,
    ...(source === undefined ? {} : { source }),
  };
}
