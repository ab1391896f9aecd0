/** Base64 (cel-go, ext/encoders). */
import type { CelFunc } from '../library.ts';
import { BYTES, func, STRING } from '../library.ts';
import { bounded, fail } from '../values.ts';

/** The functions. Padding may be absent, as in cel-go; anything else that is not base64 is an error. */
export function encoderFunctions(): CelFunc[] {
  return [
    func('base64.encode', [BYTES], (bytes: Uint8Array) => bounded(Buffer.from(bytes).toString('base64'))),
    func('base64.decode', [STRING], (text: string) => {
      const bare = text.replace(/[\r\n]/g, '').replace(/={1,2}$/, '');
      if (!/^[A-Za-z0-9+/]*$/.test(bare) || bare.length % 4 === 1) fail('illegal base64 data');
      return Uint8Array.from(Buffer.from(bare, 'base64'));
    }),
  ];
}
