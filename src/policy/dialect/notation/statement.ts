import { isStoreName, type StoreKind } from '../../../trust/notation-store/index.ts';
import type { PolicyDocument } from '../../documents.ts';
import { type Faults, meant, type Path, quoted } from './faults.ts';
import { type Identities, readIdentities } from './identities.ts';
import { type Level, readLevel } from './level.ts';
import { type Members, membersOf, textOf, textsOf, wrongType } from './read.ts';

/** A named store that a statement trusts, and where it says so. */
export interface StoreName {
  readonly kind: StoreKind;
  readonly name: string;
  readonly path: Path;
}

/** What statements about images and about files have in common. Of the level `skip` there are neither stores nor identities. */
export interface Statement {
  readonly name: string;
  readonly path: Path;
  readonly members: Members;
  readonly level: Level;
  readonly stores: readonly StoreName[];
  readonly identities: Identities;
}

const COMMON = ['name', 'signatureVerification', 'trustStores', 'trustedIdentities'];
const STORE_KINDS: readonly StoreKind[] = ['ca', 'signingAuthority', 'tsa'];

/**
 * Reads the statements of a trust policy (trust-store-trust-policy.md, "Trust Policy Properties"). Everything that is wrong is noted; the statements in
 * the answer are those in which nothing is. `own` names the field that only this kind of policy has.
 */
export function readStatements({ value }: PolicyDocument, own: 'registryScopes' | 'globalPolicy', faults: Faults): readonly Statement[] {
  const document = membersOf(value, [], ['version', 'trustPolicies'], faults);
  if (document === undefined) return [];
  const version = textOf(document, 'version', [], faults);
  if (!document.has('version')) faults.error([], 'version is missing', '"version": "1.0"');
  else if (version !== undefined && version !== '1.0')
    faults.error(['version'], `version ${quoted(version)} is not known`, '"version": "1.0"');
  const list = document.get('trustPolicies');
  if (!Array.isArray(list)) {
    if (list === undefined) faults.error([], 'trustPolicies is missing', 'it holds the statements');
    else wrongType('a list', list, ['trustPolicies'], faults);
    return [];
  }
  if (list.length === 0) faults.error(['trustPolicies'], 'there is no statement');
  const names = new Set<string>();
  return list.flatMap((item: unknown, i) => readStatement(item, ['trustPolicies', i], own, names, faults) ?? []);
}

function readStatement(
  value: unknown,
  path: Path,
  own: 'registryScopes' | 'globalPolicy',
  names: Set<string>,
  faults: Faults,
): Statement | undefined {
  const members = membersOf(value, path, [...COMMON, own], faults);
  if (members === undefined) return undefined;
  const name = textOf(members, 'name', path, faults);
  if (name === '' || !members.has('name')) faults.error(path, 'a statement has no name');
  else if (name !== undefined && names.has(name)) faults.error([...path, 'name'], `a second statement has the name ${quoted(name)}`);
  if (name !== undefined) names.add(name);
  const level = readLevel(members, path, faults);
  const storeTexts = textsOf(members, 'trustStores', path, faults);
  const identityTexts = textsOf(members, 'trustedIdentities', path, faults);
  if (storeTexts === undefined || identityTexts === undefined) return undefined;
  if (level?.name === 'skip') {
    for (const [field, texts] of [
      ['trustStores', storeTexts],
      ['trustedIdentities', identityTexts],
    ] as const)
      if (texts.length > 0)
        faults.error(
          [...path, field],
          `the level skip verifies nothing, so it has no ${field}`,
          `remove ${field}, or choose another level`,
        );
    return name === undefined ? undefined : { name, path, members, level, stores: [], identities: { rules: [], foreign: [] } };
  }
  const stores = readStores(storeTexts, path, faults);
  const identities = readIdentities(identityTexts, faults);
  if (identityTexts.length === 0)
    faults.error(
      path,
      'trustedIdentities is missing or empty',
      '"x509.subject: C=US, ST=WA, O=acme", or "*" for everybody that the trust stores vouch for',
    );
  if (name === undefined || level === undefined || stores === undefined || identities === undefined) return undefined;
  return { name, path, members, level, stores, identities };
}

function readStores(
  texts: readonly { readonly text: string; readonly path: Path }[],
  path: Path,
  faults: Faults,
): readonly StoreName[] | undefined {
  if (texts.length === 0)
    return faults.error(path, 'trustStores is missing or empty', 'one or more of ca:NAME, signingAuthority:NAME, tsa:NAME');
  const before = faults.errors.length;
  const stores = texts.flatMap(({ text, path: at }) => {
    const colon = text.indexOf(':');
    const [kind, name] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
    const known = STORE_KINDS.find((k) => k === kind);
    if (colon < 0) faults.error(at, `${quoted(text)} is no trust store`, 'TYPE:NAME, as ca:acme');
    else if (known === undefined)
      faults.error(at, `${quoted(text)} is no trust store: there is no type ${quoted(kind)}`, meant(kind, STORE_KINDS));
    else if (!isStoreName(name))
      faults.error(at, `${quoted(text)} is no trust store: ${quoted(name)} is no name`, 'a name has letters, digits, "_", "." and "-"');
    else return [{ kind: known, name, path: at }];
    return [];
  });
  if (faults.errors.length > before) return undefined;
  if (stores.every(({ kind }) => kind === 'tsa'))
    faults.warn(
      [...path, 'trustStores'],
      'nobody-trusted',
      'only timestamp authorities are trusted: no signer can be authentic without a ca or signingAuthority store',
    );
  return stores;
}
