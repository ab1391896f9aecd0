import { describe, expect, test } from 'vitest';
import { parsePkcs11Reference } from './reference.ts';

const PIN = '1234SECRET';

describe('the URI of a key on a token', () => {
  test.each([
    `pkcs11:token=t;object=k?pin-value=${PIN}&module-path=/x.so`,
    `pkcs11:token=t;object=k;pin-value=${PIN}?module-path=/x.so`,
    `pkcs11:pin-value=${PIN};object=k`,
    `pkcs11:token=t;object=k?module-path=/x.so;pin-value=${PIN}`,
    `pkcs11:token=t;object=k?module-path=/x.so?pin-value=${PIN}`,
    `PKCS11:token=t;object=k?PIN-VALUE=${PIN}`,
    `pkcs11:token=t;object=k;pin=${PIN}`,
    `pkcs11:token=t;object=k?pin%2Dvalue=${PIN}`,
    `pkcs11:token=t;object=k?secret=${PIN}`,
  ])('a PIN is refused wherever it stands, and not repeated: %s', (uri) => {
    const error = ((): unknown => {
      try {
        return parsePkcs11Reference(uri);
      } catch (e) {
        return e;
      }
    })();
    expect(error).toMatchObject({ code: 'key-invalid' });
    expect((error as Error).message).not.toContain(PIN);
  });

  test('a question mark may stand in a value of the query', () => {
    expect(parsePkcs11Reference('pkcs11:object=k?module-path=/what?.so').modulePath).toBe('/what?.so');
  });

  test('a file with the PIN may be named, and a name may look like one', () => {
    const read = parsePkcs11Reference('pkcs11:token=spin;object=pin-1?pin-source=file:/run/pin&module-path=/x.so');
    expect(read).toMatchObject({ token: 'spin', object: 'pin-1', pinFile: '/run/pin', modulePath: '/x.so' });
  });
});
