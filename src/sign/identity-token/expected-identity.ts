import type { Json, JsonObject } from '../../codec/json.ts';
import type { IdentityToken } from '../services.ts';
import { claimsOf } from './claims.ts';
import { emailIn } from './token.ts';

/** What a certificate for a token is going to say. */
export interface ExpectedIdentity {
  /** As the certificate names it: behind Sigstore's own issuer stands the one that the person chose. */
  readonly issuer: string;
  /** The subject alternative name, where Fulcio's rules for the issuer are known; else the token's own subject. */
  readonly subject: string;
}

/**
 * The identity that Fulcio puts into a certificate for a token (fulcio `docs/oidc.md`, `config/identity/config.yaml`). A prediction, for finding
 * signatures that are there already: a private Fulcio may have rules of its own. Throws `token-invalid`.
 */
export function expectedIdentity(token: IdentityToken): ExpectedIdentity {
  const claims = claimsOf(token.raw, token.source);
  return { issuer: connectorOf(claims) ?? token.issuer, subject: workloadOf(claims, token.issuer) ?? token.subject };
}

/** What can be compared of a certificate: everything that the token says in so many words, and what follows from it. Throws `token-invalid`. */
export function statedByToken(token: IdentityToken): { readonly sub: string; readonly texts: ReadonlySet<string> } {
  const claims = claimsOf(token.raw, token.source);
  const { issuer, subject } = expectedIdentity(token);
  return { sub: textOf(claims.sub) ?? '', texts: new Set([issuer, subject, token.subject, ...textsIn(claims, 0)]) };
}

// Dex names the issuer behind it in a claim, which the public good Fulcio takes instead of its own.
function connectorOf(claims: JsonObject): string | undefined {
  const federated = claims.federated_claims;
  if (federated === null || typeof federated !== 'object' || Array.isArray(federated)) return undefined;
  return textOf((federated as JsonObject).connector_id);
}

/** How the public good Fulcio names workloads, by issuer. `{claim=otherwise}` stands for a claim. */
const WORKLOADS: readonly { readonly issuer?: RegExp; readonly template: string }[] = [
  { issuer: /^https:\/\/token\.actions\.githubusercontent\.com(?:\/|$)/, template: 'https://github.com/{job_workflow_ref}' },
  {
    issuer: /^https:\/\/oidc\.codefresh\.io$/,
    template: '{platform_url=https://g.codefresh.io}/{account_name}/{pipeline_name}:{account_id}/{pipeline_id}',
  },
  {
    issuer: /^https:\/\/oidc\.circleci\.com(?:\/|$)/,
    template:
      '{api_url=https://circleci.com/api/v2}/projects/{oidc.circleci.com/project-id}/pipeline-definitions/{oidc.circleci.com/pipeline-definition-id}',
  },
  {
    issuer: /^https:\/\/(?:[a-z-]+-)?oidc\.buddyusercontent\.com$/,
    template: '{base_url=https://app.buddy.works}/{workspace_domain}/{project_name}/pipelines/pipeline/{pipeline_id}',
  },
  // These are self-hosted too, or have claims that nobody else has.
  { template: 'https://{ci_config_ref_uri}' },
  { template: 'https://buildkite.com/{organization_slug}/{pipeline_slug}' },
];

function workloadOf(claims: JsonObject, issuer: string): string | undefined {
  if (emailIn(claims) !== undefined) return undefined;
  for (const { issuer: of, template } of WORKLOADS) {
    const name = of === undefined || of.test(issuer) ? filled(template, claims) : undefined;
    if (name !== undefined) return name;
  }
  return serviceAccountOf(claims);
}

/** A template with its claims; `undefined` when one is missing. */
function filled(template: string, claims: JsonObject): string | undefined {
  let whole = true;
  const text = template.replace(/\{([^=}]+)(?:=([^}]+))?\}/g, (_, name: string, otherwise: string | undefined) => {
    const value = claims[name];
    const found = typeof value === 'number' ? String(value) : (textOf(value) ?? otherwise);
    whole &&= found !== undefined;
    return found ?? '';
  });
  return whole ? text : undefined;
}

function serviceAccountOf(claims: JsonObject): string | undefined {
  const cluster = claims['kubernetes.io'] as { readonly namespace?: Json; readonly serviceaccount?: { readonly name?: Json } } | undefined;
  const [namespace, account] = [textOf(cluster?.namespace), textOf(cluster?.serviceaccount?.name)];
  if (namespace === undefined || account === undefined) return undefined;
  return `https://kubernetes.io/namespaces/${namespace}/serviceaccounts/${account}`;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsIn(value: Json, depth: number): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object' || depth > 3) return [];
  return Object.values(value).flatMap((inner: Json) => textsIn(inner, depth + 1));
}
