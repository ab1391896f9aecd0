import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './lab/ask.ts';
import { type LabImage, pushImage } from './lab/images.ts';
import { type LabRegistry, startWithReferrers } from './lab/registries.ts';
import { openWorkshop, type Ran, type Workshop } from './lab/workshop.ts';
import { lacksPeers, requirePeer } from './peers.ts';

// Notation's own folder, with trust policies that notation and Assay both read: they have to agree about every one.
describe.skipIf(lacksPeers(['notation', '1']))("notation's own trust policies", () => {
  let workshop: Workshop;
  let registry: LabRegistry;
  let config = '';
  let signed: LabImage;
  let unsigned: LabImage;

  beforeAll(async () => {
    workshop = openWorkshop('notation-trust-policy');
    registry = await startWithReferrers();
    config = workshop.folderOf('notation');
    await makeChain('acme', 'ec');
    await makeChain('evil', 'rsa');
    const keys = ['acme', 'evil'].map((name) => ({
      name,
      keyPath: workshop.path(`${name}.key`),
      certPath: workshop.path(`${name}.chain`),
    }));
    writeFileSync(join(config, 'signingkeys.json'), JSON.stringify({ default: 'acme', keys }));
    trust('ca', 'acme', 'acme');
    trust('ca', 'evil', 'evil');
    trust('signingAuthority', 'acme', 'acme');
    trust('tsa', 'stamps', 'acme');
    [signed, unsigned] = await Promise.all([pushImage(registry.host, 'app/signed'), pushImage(registry.host, 'app/unsigned')]);
    for (const format of ['jws', 'cose'])
      succeeded(await notation('sign', '--signature-format', format, '-m', 'stage=prod', signed.reference));
  });
  afterAll(async () => {
    await registry.close();
    await workshop.close();
  });

  /** A root and a leaf, as openssl makes them. */
  async function makeChain(name: string, kind: 'ec' | 'rsa'): Promise<void> {
    const key = kind === 'ec' ? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['-newkey', 'rsa:2048'];
    workshop.write(`${name}.cnf`, 'basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n');
    const subject = `/C=US/ST=WA/L=Seattle/O=${name}, Inc./CN=${name}`;
    const ca = ['-addext', 'basicConstraints=critical,CA:true', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
    await workshop.openssl([
      'req',
      '-x509',
      ...key,
      '-nodes',
      '-days',
      '30',
      '-subj',
      `${subject} root`,
      ...ca,
      '-keyout',
      `${name}.root.key`,
      '-out',
      `${name}.root`,
    ]);
    await workshop.openssl(['req', ...key, '-nodes', '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`]);
    const issuer = ['-CA', `${name}.root`, '-CAkey', `${name}.root.key`, '-CAcreateserial'];
    await workshop.openssl([
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...issuer,
      '-days',
      '30',
      '-extfile',
      `${name}.cnf`,
      '-out',
      `${name}.crt`,
    ]);
    workshop.write(`${name}.chain`, Buffer.concat([workshop.read(`${name}.crt`), workshop.read(`${name}.root`)]));
  }

  function trust(kind: string, name: string, authority: string): void {
    const folder = join(config, 'truststore/x509', kind, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'root.pem'), workshop.read(`${authority}.root`));
  }

  function notation(...argv: readonly string[]): Promise<Ran> {
    const { path } = requirePeer({ skip: () => {} }, 'notation', '1');
    const [command = '', ...rest] = argv;
    return workshop.peer(path, [command, '--insecure-registry', ...rest], { XDG_CONFIG_HOME: workshop.folder, NOTATION_CONFIG: config });
  }

  const STATEMENT = {
    name: 'acme',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: ['x509.subject: C=US, ST=WA, O=acme\\, Inc.'],
  };
  const with_ = (change: object): object => ({ ...STATEMENT, ...change });
  const level = (value: object): object => with_({ signatureVerification: value });
  const identity = (...trustedIdentities: readonly string[]): object => with_({ trustedIdentities });

  /** What both say of an image: `yes` or `no`; Assay says `broken` of a trust policy that cannot be used, notation only `no`. */
  async function both(
    image: LabImage,
    document: object,
    ...more: readonly string[]
  ): Promise<readonly [theirs: string, ours: string, why: string]> {
    rmSync(join(config, 'trustpolicy.json'), { force: true });
    writeFileSync(join(config, 'trustpolicy.json'), JSON.stringify(document));
    const theirs = await notation('verify', ...more, image.reference);
    const ours = await ask(workshop, ['verify', '--trust-store', join(config, 'truststore'), ...more, image.reference], {
      NOTATION_CONFIG: config,
    });
    return [theirs.code === 0 ? 'yes' : 'no', ours.code === 0 ? 'yes' : ours.code === 2 ? 'broken' : 'no', `${theirs.stderr}\n${ours.why}`];
  }

  const here = (): string => `${registry.host}/app/signed`;

  test.each([
    ['strict', STATEMENT, 'yes', 'no'],
    ['everybody of the trust store', identity('*'), 'yes', 'no'],
    ['S in place of ST, another order', identity('x509.subject:O=acme\\, Inc.,S=WA,C=US'), 'yes', 'no'],
    ['every attribute of the subject', identity('x509.subject: C=US, ST=WA, L=Seattle, O=acme\\, Inc., CN=acme'), 'yes', 'no'],
    ['somebody else', identity('x509.subject: C=US, ST=WA, O=acme'), 'no', 'no'],
    ['one attribute too many', identity('x509.subject: C=US, ST=WA, O=acme\\, Inc., OU=x'), 'no', 'no'],
    ['one of two identities', identity('x509.subject: C=US, ST=WA, O=x', 'x509.subject: C=US, ST=WA, O=acme\\, Inc.'), 'yes', 'no'],
    ['only what a plugin would understand', identity('acme.profile: arn:x'), 'no', 'no'],
    ['another trust store', with_({ trustStores: ['ca:evil'] }), 'no', 'no'],
    ['two trust stores', with_({ trustStores: ['ca:evil', 'ca:acme'] }), 'yes', 'no'],
    ['a trust store of the other scheme', with_({ trustStores: ['signingAuthority:acme'] }), 'no', 'no'],
    ['permissive', level({ level: 'permissive' }), 'yes', 'no'],
    ['audit, of a stranger', with_({ signatureVerification: { level: 'audit' }, trustStores: ['ca:evil'] }), 'yes', 'no'],
    [
      'audit with authenticity',
      with_({ signatureVerification: { level: 'audit', override: { authenticity: 'enforce' } }, trustStores: ['ca:evil'] }),
      'no',
      'no',
    ],
    ['without revocation', level({ level: 'strict', override: { revocation: 'skip' } }), 'yes', 'no'],
    [
      'timestamps after expiry',
      with_({ signatureVerification: { level: 'strict', verifyTimestamp: 'afterCertExpiry' }, trustStores: ['ca:acme', 'tsa:stamps'] }),
      'yes',
      'no',
    ],
    ['timestamps, of which there is none', with_({ trustStores: ['ca:acme', 'tsa:stamps'] }), 'no', 'no'],
    ['another repository', with_({ registryScopes: ['registry.acme.test/app'] }), 'no', 'no'],
  ] as const)('%s', async (_what, statement, signedSays, unsignedSays) => {
    const document = { version: '1.0', trustPolicies: [statement] };
    const [a, b, why] = await both(signed, document);
    expect([a, b], why).toEqual([signedSays, signedSays]);
    const [c, d, reason] = await both(unsigned, document);
    expect([c, d], reason).toEqual([unsignedSays, unsignedSays]);
  });

  test('the exact repository comes before every repository, and skip asks for nothing', async () => {
    const skip = { name: 'skip', registryScopes: [here()], signatureVerification: { level: 'skip' } };
    const nobody = with_({ name: 'nobody', trustStores: ['ca:evil'] });
    for (const [statements, says] of [
      [[skip, nobody], 'yes'],
      [[nobody, with_({ registryScopes: [here()] })], 'yes'],
      [[STATEMENT, { ...nobody, registryScopes: [here()] }], 'no'],
    ] as const) {
      const [a, b, why] = await both(signed, { version: '1.0', trustPolicies: statements });
      expect([a, b], why).toEqual([says, says]);
    }
  });

  test('signed metadata', async () => {
    const document = { version: '1.0', trustPolicies: [STATEMENT] };
    for (const [pairs, says] of [
      [['-m', 'stage=prod'], 'yes'],
      [['-m', 'stage=dev'], 'no'],
      [['-m', 'stage=prod', '-m', 'other=1'], 'no'],
    ] as const) {
      const [a, b, why] = await both(signed, document, ...pairs);
      expect([a, b], why).toEqual([says, says]);
    }
  });

  test.each([
    ['no version', { trustPolicies: [STATEMENT] }],
    ['another version', { version: '2.0', trustPolicies: [STATEMENT] }],
    ['no statement', { version: '1.0', trustPolicies: [] }],
    ['no name', { version: '1.0', trustPolicies: [with_({ name: '' })] }],
    ['a name twice', { version: '1.0', trustPolicies: [STATEMENT, with_({ registryScopes: ['r.test/a'] })] }],
    ['a scope twice', { version: '1.0', trustPolicies: [STATEMENT, with_({ name: 'b' })] }],
    ['no scope', { version: '1.0', trustPolicies: [with_({ registryScopes: [] })] }],
    ['"*" beside others', { version: '1.0', trustPolicies: [with_({ registryScopes: ['*', 'r.test/a'] })] }],
    ['a scope with a wildcard', { version: '1.0', trustPolicies: [with_({ registryScopes: ['r.test/*'] })] }],
    ['a scope with a tag', { version: '1.0', trustPolicies: [with_({ registryScopes: ['r.test/a:v1'] })] }],
    ['a scope without a registry', { version: '1.0', trustPolicies: [with_({ registryScopes: ['a'] })] }],
    ['an unknown level', { version: '1.0', trustPolicies: [level({ level: 'strikt' })] }],
    ['no level', { version: '1.0', trustPolicies: [level({})] }],
    ['an override of integrity', { version: '1.0', trustPolicies: [level({ level: 'strict', override: { integrity: 'log' } })] }],
    ['a skipped authenticity', { version: '1.0', trustPolicies: [level({ level: 'strict', override: { authenticity: 'skip' } })] }],
    ['an unknown action', { version: '1.0', trustPolicies: [level({ level: 'strict', override: { expiry: 'warn' } })] }],
    ['an unknown check', { version: '1.0', trustPolicies: [level({ level: 'strict', override: { expire: 'log' } })] }],
    ['an unknown verifyTimestamp', { version: '1.0', trustPolicies: [level({ level: 'strict', verifyTimestamp: 'never' })] }],
    ['skip with trust stores', { version: '1.0', trustPolicies: [level({ level: 'skip' })] }],
    ['no trust store', { version: '1.0', trustPolicies: [with_({ trustStores: [] })] }],
    ['a trust store without type', { version: '1.0', trustPolicies: [with_({ trustStores: ['acme'] })] }],
    ['a trust store of an unknown type', { version: '1.0', trustPolicies: [with_({ trustStores: ['root:acme'] })] }],
    ['a trust store whose name is a path', { version: '1.0', trustPolicies: [with_({ trustStores: ['ca:../ca/acme'] })] }],
    ['a trust store that is not there', { version: '1.0', trustPolicies: [with_({ trustStores: ['ca:absent'] })] }],
    ['no identity', { version: '1.0', trustPolicies: [identity()] }],
    ['an empty identity', { version: '1.0', trustPolicies: [identity('')] }],
    ['"*" beside identities', { version: '1.0', trustPolicies: [identity('*', 'x509.subject: C=US, ST=WA, O=x')] }],
    ['an identity without prefix', { version: '1.0', trustPolicies: [identity('C=US, ST=WA, O=x')] }],
    ['an identity without O', { version: '1.0', trustPolicies: [identity('x509.subject: C=US, ST=WA')] }],
    ['an attribute twice', { version: '1.0', trustPolicies: [identity('x509.subject: C=US, ST=WA, O=x, O=y')] }],
    ['a part with two attributes', { version: '1.0', trustPolicies: [identity('x509.subject: C=US, ST=WA, O=x+OU=y')] }],
    ['a value in hexadecimal', { version: '1.0', trustPolicies: [identity('x509.subject: C=US, ST=WA, O=#0c0178')] }],
    [
      'overlapping identities',
      { version: '1.0', trustPolicies: [identity('x509.subject: C=US, ST=WA, O=x', 'x509.subject: C=US, ST=WA, O=x, CN=y')] },
    ],
  ])('%s is refused by both', async (_what, document) => {
    const [a, b, why] = await both(signed, document);
    expect([a, b], why).toEqual(['no', 'broken']);
  });

  test('what notation lets pass and the specification forbids: skip for every repository', async () => {
    const document = { version: '1.0', trustPolicies: [{ name: 'all', registryScopes: ['*'], signatureVerification: { level: 'skip' } }] };
    const [a, b, why] = await both(unsigned, document);
    expect([a, b], why).toEqual(['yes', 'broken']);
  });

  function succeeded(ran: Ran): void {
    if (ran.code !== 0) throw new Error(ran.stderr);
  }
});
