import { encodeBase64, encodeHex, utf8 } from '../../../bytes/index.ts';
import type { Json, JsonObject } from '../../../codec/json.ts';
import { sha256 } from '../../../crypto/index.ts';
import type { SignedEntity } from '../../../signature/index.ts';
import type { Findings, Verdict } from '../../../verify/index.ts';
import type { ImageSubject } from '../../policy.ts';
import type { CompiledAuthority, WantedAttestation } from './evidence/authority.ts';
import type { PolicyText } from './model.ts';

/** Claims of the certificate as policy-controller names them. */
const CLAIMS = [
  ['githubWorkflowTrigger', 'githubWorkflowTrigger'],
  ['githubWorkflowSha', 'githubWorkflowSHA'],
  ['githubWorkflowName', 'githubWorkflowName'],
  ['githubWorkflowRepo', 'githubWorkflowRepository'],
  ['githubWorkflowRef', 'githubWorkflowRef'],
] as const;

/** What a policy asks to be told of the image and its workload. */
export async function includedFacts(policy: PolicyText, image: ImageSubject): Promise<JsonObject> {
  const { workload } = image;
  const configs = policy.fetchConfigFile === true ? await image.configs?.() : undefined;
  return {
    ...(configs === undefined ? {} : { config: Object.fromEntries(configs) }),
    ...(policy.includeSpec === true && workload !== undefined ? { spec: workload.spec } : {}),
    ...(policy.includeObjectMeta === true && workload !== undefined ? { metadata: workload.metadata } : {}),
    ...(policy.includeTypeMeta === true && workload !== undefined
      ? { typemeta: { kind: workload.kind, apiVersion: workload.apiVersion } }
      : {}),
  };
}

/** The authorities that were satisfied and by what, in policy-controller's form (`PolicyResult`); `verdict` is that of all authorities, in their order. */
export function authorityMatches(authorities: readonly CompiledAuthority[], verdict: Verdict): JsonObject {
  const matches = authorities.flatMap((authority, i): [string, Json][] => {
    const part = verdict.parts[i];
    return part?.met === true ? [[authority.name, matchOf(authority, part)]] : [];
  });
  return matches.length === 0 ? {} : { authorityMatches: Object.fromEntries(matches) };
}

function matchOf(authority: CompiledAuthority, verdict: Verdict): Json {
  if (authority.kind === 'static') return { static: true };
  if (authority.attestations.length === 0) return { signatures: verified(verdict).map((f) => signatureOf(f)) };
  const attestations = authority.attestations.map((wanted, i): [string, Json] => {
    const part = verdict.parts[i];
    return [wanted.name, part === undefined ? [] : verified(part).map((f) => attestationOf(f, wanted))];
  });
  return { attestations: Object.fromEntries(attestations) };
}

// Evidence arrives in any order; the answer is always the same.
function verified({ findings }: Verdict): readonly Findings[] {
  return findings.filter((f) => f.outcome === 'verified').sort((a, b) => (a.id < b.id ? -1 : 1));
}

function signatureOf(findings: Findings): JsonObject {
  const { signer, claims } = findings;
  const named = CLAIMS.flatMap(([name, claim]): [string, Json][] => {
    const value = claims.certificate.get(claim);
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  return {
    id: idOf(findings),
    ...(signer?.subject === undefined ? {} : { subject: signer.subject }),
    ...(signer?.issuer === undefined ? {} : { issuer: signer.issuer }),
    ...Object.fromEntries(named),
  };
}

function attestationOf(findings: Findings, { predicateType }: WantedAttestation): JsonObject {
  return { ...signatureOf(findings), predicateType, digest: `sha256:${encodeHex(sha256(storedBytes(findings)))}` };
}

/** SHA-256 of the signature and the certificate in PEM, as policy-controller identifies signatures; cosign's attestations have no signature of their own beside the envelope. */
function idOf({ entity }: Findings): string {
  if (entity === undefined) return '';
  return encodeHex(sha256(signatureBytes(entity), utf8(certificatePem(entity))));
}

function signatureBytes({ kind, content }: SignedEntity): Uint8Array {
  if (kind === 'attestation') return new Uint8Array();
  if (content.kind === 'dsse') return content.envelope.signatures[0]?.sig ?? new Uint8Array();
  return content.kind === 'payload' || content.kind === 'artifact' ? content.signature : new Uint8Array();
}

function certificatePem({ material }: SignedEntity): string {
  const [leaf] = material.kind === 'certificate' ? material.chain : [];
  if (leaf === undefined) return '';
  const lines = encodeBase64(leaf).match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** The layer that holds the attestation, where it is an envelope on its own; else the statement. */
function storedBytes({ entity, payload }: Findings): Uint8Array {
  const content = entity?.content;
  return (content?.kind === 'dsse' ? content.envelope.stored : undefined) ?? payload ?? new Uint8Array();
}
