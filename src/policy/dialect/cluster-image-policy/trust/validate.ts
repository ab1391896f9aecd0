import { decodeBase64, utf8Decode } from '../../../../bytes/index.ts';
import { messageOf } from '../../../../errors.ts';
import { certificatesFromPem } from '../../../../trust/index.ts';
import type { CertificateChain, LogInstance, Resource, SigstoreKeys, TrustRootSpec } from '../model.ts';
import { both, type FieldError, type FieldPath, invalid, missing, neither } from '../validation/field-error.ts';
import { TRUST_ROOT } from '../validation/fields.ts';
import { headErrors } from '../validation/policy.ts';
import { fitted } from '../validation/shape.ts';

const VERSIONS: ReadonlySet<string> = new Set(['policy.sigstore.dev/v1alpha1']);
const KINDS = ['repository', 'remote', 'sigstoreKeys'] as const;

/** A checked TrustRoot; `resource` holds what has the right form. */
export interface CheckedTrustRoot {
  readonly resource: Resource<TrustRootSpec>;
  readonly errors: readonly FieldError[];
}

/** Checks a TrustRoot as policy-controller's webhook does, every part of it, and for unknown fields. */
export function validateTrustRoot(value: unknown): CheckedTrustRoot {
  const errors: FieldError[] = [];
  const resource = (fitted(value, TRUST_ROOT, [], errors) ?? {}) as Resource<TrustRootSpec>;
  errors.push(...headErrors(resource, VERSIONS));
  const spec = resource.spec ?? {};
  const given = KINDS.filter((k) => spec[k] !== undefined);
  if (given.length === 0) errors.push(neither(['spec'], ...KINDS));
  if (given.length > 1) errors.push(both(['spec'], ...KINDS));
  if (given.length !== 1) return { resource, errors };
  if (spec.remote !== undefined) {
    const path = ['spec', 'remote'];
    if ((spec.remote.mirror ?? '') === '') errors.push(missing(path, 'mirror'));
    errors.push(...rootErrors(spec.remote.root, path));
  }
  if (spec.repository !== undefined) {
    const path = ['spec', 'repository'];
    errors.push(...rootErrors(spec.repository.root, path));
    const { mirrorFS = '' } = spec.repository;
    // policy-controller calls the missing archive by the name of its parent.
    if (mirrorFS === '') errors.push({ ...missing(path, 'repository'), at: [path], hint: 'mirrorFS is missing' });
    else if (decoded(mirrorFS) === undefined) errors.push(invalid('failed to decode', [...path, 'mirrorFS'], 'illegal base64 data'));
  }
  if (spec.sigstoreKeys !== undefined) errors.push(...keysErrors(spec.sigstoreKeys, ['spec', 'sigstoreKeys']));
  return { resource, errors };
}

/** The bytes of a base64 text that may be broken into lines; `undefined` when it is none. */
export function decoded(text: string): Uint8Array | undefined {
  try {
    return decodeBase64(text.replace(/\s/g, ''));
  } catch {
    return undefined;
  }
}

function rootErrors(root: string | undefined, path: FieldPath): readonly FieldError[] {
  if (root === undefined || root === '') return [missing(path, 'root')];
  const bytes = decoded(root);
  if (bytes === undefined) return [invalid('failed to decode', [...path, 'root'], 'illegal base64 data')];
  try {
    const value: unknown = JSON.parse(utf8Decode(bytes, 'root'));
    const signed = typeof value === 'object' && value !== null && 'signatures' in value && value.signatures !== null;
    return signed ? [] : [invalid('missing signatures in root.json', [...path, 'root'], 'no signatures')];
  } catch (error) {
    return [invalid('failed to unmarshal', [...path, 'root'], messageOf(error))];
  }
}

function keysErrors(keys: SigstoreKeys, path: FieldPath): readonly FieldError[] {
  const { certificateAuthorities = [], timestampAuthorities = [], ctLogs = [], tLogs = [] } = keys;
  const named = (name: string, document: string, errors: readonly FieldError[]): FieldError[] =>
    errors.map((e) => ({ ...e, at: e.at.map((p) => p.map((part) => (part === name ? document : part))) }));
  const errors =
    certificateAuthorities.length === 0 && timestampAuthorities.length === 0
      ? [neither(path, 'certificateAuthority', 'timestampAuthorities')]
      : [];
  return [
    ...errors,
    // policy-controller names the list in the singular.
    ...certificateAuthorities.flatMap((c, i) =>
      named('certificateAuthority', 'certificateAuthorities', chainErrors(c, [...path, 'certificateAuthority', i], 'authority')),
    ),
    ...timestampAuthorities.flatMap((c, i) => chainErrors(c, [...path, 'timestampAuthorities', i], 'timestamp')),
    ...ctLogs.flatMap((l, i) => logErrors(l, [...path, 'ctLogs', i])),
    ...tLogs.flatMap((l, i) => logErrors(l, [...path, 'tLogs', i])),
  ];
}

function chainErrors(chain: CertificateChain, path: FieldPath, what: 'authority' | 'timestamp'): readonly FieldError[] {
  const { subject = {}, uri = '', certChain = '' } = chain;
  const errors: FieldError[] = [];
  if ((subject.organization ?? '') === '') errors.push(missing([...path, 'subject'], 'organization'));
  if ((subject.commonName ?? '') === '') errors.push(missing([...path, 'subject'], 'commonName'));
  if (uri === '') errors.push(missing(path, 'uri'));
  if (certChain === '') return [...errors, missing(path, 'certchain')];
  try {
    const certificates = certificatesFromPem(utf8Decode(decoded(certChain) ?? new Uint8Array(), 'certChain'), 'certChain');
    const leaves = certificates.filter((c) => c.basicConstraints?.ca !== true);
    if (what === 'timestamp' && leaves.length > 1)
      errors.push(invalid('certificate chain must contain at most one TSA certificate', [...path, 'certChain']));
  } catch (error) {
    errors.push(invalid('error splitting the certificates', [...path, 'certChain'], messageOf(error)));
  }
  return errors;
}

function logErrors(log: LogInstance, path: FieldPath): readonly FieldError[] {
  const names = ['baseURL', 'hashAlgorithm', 'publicKey'] as const;
  return names.flatMap((name) => ((log[name] ?? '') === '' ? [missing(path, name)] : []));
}
