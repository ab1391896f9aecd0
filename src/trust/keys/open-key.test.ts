import { describe, expect, test } from 'vitest';
import { type KeyContext, nameOf, openKey } from './index.ts';

const SECRET = '1234SECRET';
const context: KeyContext = {
  env: { VAULT_ADDR: 'http://127.0.0.1:1', PATH: '' },
  home: '/nowhere',
  readFile: () => Promise.reject(new Error('no file is read')),
  password: () => Promise.reject(new Error('nobody is asked')),
  offline: false,
};

describe('a reference to a key', () => {
  test.each([
    `hashivault://user:${SECRET}@vault.example/key`,
    `awskms://user:${SECRET}@kms.example/alias/key`,
    `azurekms://user:${SECRET}@vault.example/key`,
    `gcpkms://user:${SECRET}@kms.example/key`,
    `k8s://user:${SECRET}@namespace/name`,
    `https://user:${SECRET}@keys.example/key.pub`,
    `pkcs11:object=k;pin-value=${SECRET}`,
  ])('with a secret in it is refused, and the secret not repeated: %s', async (reference) => {
    const error: unknown = await openKey(reference, context).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'key-invalid' });
    expect((error as Error).message).not.toContain(SECRET);
    expect(nameOf(reference)).not.toContain(SECRET);
  });
});
