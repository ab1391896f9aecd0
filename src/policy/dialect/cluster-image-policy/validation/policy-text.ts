import type { Attestation, PolicyText } from '../model.ts';
import { both, disallowed, type FieldError, type FieldPath, invalid, missing } from './field-error.ts';

const SHORT_TYPES: ReadonlySet<string> = new Set(['custom', 'slsaprovenance', 'spdx', 'spdxjson', 'cyclonedx', 'link', 'vuln']);

/** What is only for `spec.policy`. */
const POLICY_LEVEL = ['fetchConfigFile', 'includeSpec', 'includeObjectMeta', 'includeTypeMeta'] as const;

/** What policy-controller says of a policy; `within` an attestation it may not ask for the image's configuration or the workload. */
export function policyErrors(policy: PolicyText | undefined, path: FieldPath, within: 'spec' | 'attestation'): readonly FieldError[] {
  if (policy === undefined) return [];
  const { type = '', data = '', configMapRef, remote } = policy;
  const errors: FieldError[] = [];
  if (type !== 'cue' && type !== 'rego') errors.push(invalid(type, [...path, 'type'], 'only [cue,rego] are supported at the moment'));
  const given = [data !== '', configMapRef !== undefined, remote !== undefined].filter(Boolean).length;
  if (given === 0) errors.push(missing(path, 'data', 'configMapRef', 'remote'));
  if (given > 1) errors.push(both(path, 'data', 'configMapRef', 'remote'));
  if (remote !== undefined) {
    const { url = '', sha256sum = '' } = remote;
    if (!isHttps(url)) errors.push(invalid(url, [...path, 'remote', 'url'], 'url valid is invalid. host and https scheme are expected'));
    if (sha256sum === '') errors.push(missing([...path, 'remote'], 'sha256sum'));
  }
  if (configMapRef !== undefined) {
    for (const name of ['name', 'key'] as const)
      if ((configMapRef[name] ?? '') === '') errors.push(missing([...path, 'configMapRef'], name));
  }
  if (within === 'attestation') for (const name of POLICY_LEVEL) if (policy[name] !== undefined) errors.push(disallowed([...path, name]));
  return errors;
}

/** What policy-controller says of a wanted attestation: errors, and warnings about names that are no URIs. */
export function attestationErrors(
  attestation: Attestation,
  path: FieldPath,
): { readonly errors: readonly FieldError[]; readonly warnings: readonly FieldError[] } {
  const { name = '', predicateType = '', policy } = attestation;
  const errors = [
    ...(name === '' ? [missing(path, 'name')] : []),
    ...(predicateType === '' ? [missing(path, 'predicateType')] : []),
    ...policyErrors(policy, [...path, 'policy'], 'attestation'),
  ];
  const deprecated = predicateType !== '' && (SHORT_TYPES.has(predicateType) || !isRequestUri(predicateType));
  return {
    errors,
    warnings: deprecated
      ? [invalid(predicateType, [...path, 'predicateType'], 'deprecated value, please use RFC 3986 conformant values')]
      : [],
  };
}

function isHttps(text: string): boolean {
  try {
    const url = new URL(text);
    return url.protocol === 'https:' && url.hostname !== '';
  } catch {
    return false;
  }
}

// What Go's url.ParseRequestURI takes: an absolute path, or a scheme and what begins with a slash.
function isRequestUri(text: string): boolean {
  return /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\S*$/.test(text);
}
