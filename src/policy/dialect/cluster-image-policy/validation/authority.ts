import { messageOf } from '../../../../errors.ts';
import { certificatesFromPem } from '../../../../trust/index.ts';
import { byRegexp } from '../../../../verify/index.ts';
import { SYSTEM_NAMESPACE } from '../../../resources.ts';
import { publicKeyOfPem } from '../evidence/key.ts';
import type { Authority, Identity, Keyless, KeyRef, Source } from '../model.ts';
import { both, type FieldError, type FieldPath, invalid, missing, neither } from './field-error.ts';
import { kmsProblem } from './kms.ts';
import { ociNameProblem } from './oci-name.ts';
import { attestationErrors } from './policy-text.ts';

const KINDS = ['key', 'keyless', 'static'] as const;
const HASHES: ReadonlySet<string> = new Set(['sha224', 'sha256', 'sha384', 'sha512']);
const NOT_WITH_STATIC = ['attestations', 'source', 'ctlog', 'rfc3161timestamp'] as const;
const NAMESPACE = 'secretref.namespace is invalid. If set, it should use the same namespace where the policy-controller was deployed';

/** Errors and warnings about a part of a resource. */
export interface Validated {
  readonly errors: readonly FieldError[];
  readonly warnings: readonly FieldError[];
}

/** What policy-controller says of an authority (`Authority.Validate`). */
export async function authorityErrors(authority: Authority, path: FieldPath): Promise<Validated> {
  const kinds = KINDS.filter((k) => authority[k] !== undefined);
  if (kinds.length === 0) return { errors: [neither(path, ...KINDS)], warnings: [] };
  if (kinds.length > 1) {
    const hint = authority.keyless === undefined ? undefined : identitiesHint(authority.keyless, [...path, 'keyless']);
    return { errors: [{ ...both(path, ...KINDS), ...(hint === undefined ? {} : { hint }) }], warnings: [] };
  }
  const errors: FieldError[] = [];
  if (authority.key !== undefined) errors.push(...keyErrors(authority.key, [...path, 'key'], 'key'));
  if (authority.keyless !== undefined) errors.push(...(await keylessErrors(authority.keyless, [...path, 'keyless'])));
  if (authority.static !== undefined) errors.push(...staticErrors(authority, path));
  if (authority.source !== undefined) errors.push(...sourceErrors(authority.source, [...path, 'source']));
  const format = authority.signatureFormat ?? '';
  if (format !== '' && format !== 'legacy' && format !== 'bundle')
    errors.push(invalid(format, [...path, 'signatureFormat'], 'unsupported signature format, legacy or bundle is expected'));
  const attestations = (authority.attestations ?? []).map((a, i) => attestationErrors(a, [...path, 'attestations', i]));
  return {
    errors: [...errors, ...attestations.flatMap((a) => a.errors)],
    warnings: attestations.flatMap((a) => a.warnings),
  };
}

function staticErrors(authority: Authority, path: FieldPath): readonly FieldError[] {
  const { action = '' } = authority.static ?? {};
  const errors: FieldError[] = [];
  if (action === '') errors.push(missing([...path, 'static'], 'action'));
  else if (action !== 'pass' && action !== 'fail') errors.push(invalid(action, [...path, 'static', 'action'], 'unsupported action'));
  for (const name of NOT_WITH_STATIC) {
    const value = authority[name];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) errors.push(both(path, 'static', name));
  }
  return errors;
}

function keyErrors(key: KeyRef, path: FieldPath, what: 'key' | 'certificates'): readonly FieldError[] {
  const { data = '', kms = '', secretRef, hashAlgorithm = '' } = key;
  const errors: FieldError[] = [];
  const given = [data !== '', kms !== '', secretRef !== undefined].filter(Boolean).length;
  if (given === 0) errors.push(neither(path, 'data', 'kms', 'secretref'));
  if (given > 1) errors.push(both(path, 'data', 'kms', 'secretref'));
  if (hashAlgorithm !== '' && !HASHES.has(hashAlgorithm.trim().toLowerCase()))
    errors.push(invalid(hashAlgorithm, [...path, 'hashAlgorithm']));
  if (data !== '') {
    const problem = dataProblem(data, what);
    if (problem !== undefined) errors.push({ ...invalid(data, [...path, 'data']), hint: problem });
  }
  const kmsText = kms === '' ? undefined : kmsProblem(kms);
  if (kmsText !== undefined) errors.push(invalid(kms, [...path, 'kms'], kmsText));
  const { namespace = '', name = '' } = secretRef ?? {};
  if (namespace !== '' && namespace !== SYSTEM_NAMESPACE)
    errors.push({
      ...invalid(namespace, [...path, 'secretref', 'namespace'], NAMESPACE),
      hint: `leave it out, or write ${SYSTEM_NAMESPACE}`,
    });
  if (secretRef !== undefined && name === '') errors.push(missing([...path, 'secretref'], 'name'));
  return errors;
}

function dataProblem(data: string, what: 'key' | 'certificates'): string | undefined {
  try {
    if (what === 'key') publicKeyOfPem(data);
    else certificatesFromPem(data, 'ca-cert');
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function keylessErrors(keyless: Keyless, path: FieldPath): Promise<readonly FieldError[]> {
  const { url = '', identities = [], 'ca-cert': caCert } = keyless;
  const errors: FieldError[] = [];
  if (url !== '' && caCert !== undefined) errors.push(both(path, 'url', 'ca-cert'));
  if (caCert !== undefined) errors.push(...keyErrors(caCert, [...path, 'ca-cert'], 'certificates'));
  const hint = identitiesHint(keyless, path);
  if (hint !== undefined) errors.push({ ...missing(path, 'identities'), hint });
  for (const [i, identity] of identities.entries()) errors.push(...(await identityErrors(identity, [...path, 'identities', i])));
  return errors;
}

// What the API server, which comes first in a cluster, says of the same mistake.
function identitiesHint({ identities = [] }: Keyless, path: FieldPath): string | undefined {
  if (identities.length > 0) return undefined;
  const at = `${path
    .map((p) => (typeof p === 'number' ? `[${p}]` : `.${p}`))
    .join('')
    .slice(1)}.identities`;
  return `name who may sign, issuer and subject; the API server says: ${at}: Invalid value: "null": ${at} in body must be of type array: "null"`;
}

async function identityErrors(identity: Identity, path: FieldPath): Promise<readonly FieldError[]> {
  const errors: FieldError[] = [];
  for (const [exact, pattern] of [
    ['issuer', 'issuerRegExp'],
    ['subject', 'subjectRegExp'],
  ] as const) {
    const [text, expression] = [identity[exact] ?? '', identity[pattern] ?? ''];
    if (text !== '' && expression !== '') errors.push(both(path, exact, pattern));
    if (text === '' && expression === '') errors.push(missing(path, exact, pattern));
    const problem = expression === '' ? undefined : await expressionProblem(expression);
    if (problem !== undefined) errors.push(invalid(expression, [...path, pattern], `regex is invalid: ${problem}`));
  }
  return errors;
}

async function expressionProblem(pattern: string): Promise<string | undefined> {
  try {
    await byRegexp(pattern, 'anywhere');
    return undefined;
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown };
    return messageOf(cause ?? error);
  }
}

function sourceErrors(sources: readonly Source[], path: FieldPath): readonly FieldError[] {
  if (sources.length > 1) return [invalid('source', path, 'only single source is supported')];
  return sources.flatMap((source, i) => {
    const { oci = '', signaturePullSecrets = [] } = source;
    const problem = oci === '' ? undefined : ociNameProblem(oci);
    const unnamed = signaturePullSecrets.flatMap((s, j) =>
      (s.name ?? '') === '' ? [missing([...path, i, 'signaturePullSecrets', j], 'name')] : [],
    );
    return [...(problem === undefined ? [] : [invalid(oci, [...path, i, 'oci'], problem)]), ...unnamed];
  });
}
