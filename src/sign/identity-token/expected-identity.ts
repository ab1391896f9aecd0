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

function workloadOf(claims: JsonObject, issuer: string): string | undefined {
  if (emailIn(claims) !== undefined) return undefined;
  const [workflow, config] = [textOf(claims.job_workflow_ref), textOf(claims.ci_config_ref_uri)];
  if (workflow !== undefined && /^https:\/\/token\.actions\.githubusercontent\.com(?:\/|$)/.test(issuer))
    return `https://github.com/${workflow}`;
  if (config !== undefined) return `https://${config}`;
  const [organization, pipeline] = [textOf(claims.organization_slug), textOf(claims.pipeline_slug)];
  if (organization !== undefined && pipeline !== undefined) return `https://buildkite.com/${organization}/${pipeline}`;
  return serviceAccountOf(claims);
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
