import { describe, expect, test } from 'vitest';
import { isDebian, missingAllowed } from '../../scripts/peers/folder.mjs';
import { findPeer, lacksPeers, requirePeer } from './peers.ts';

describe('peers', () => {
  test.runIf(isDebian() && !missingAllowed())('on Debian each one is there', () => {
    for (const [name, version] of [
      ['cosign', '3'],
      ['cosign', '2.5'],
      ['notation'],
      ['oras'],
      ['crane'],
      ['sigstore-go'],
      ['docker-registry'],
      ['skopeo'],
      ['softhsm2'],
      ['opensc'],
      ['umoci'],
    ] as const) {
      expect(findPeer(name, version), `${name} ${version ?? ''}`).toBeDefined();
    }
  });

  test('a version is matched at its dots', () => {
    expect(findPeer('cosign', '2.50')).toBeUndefined();
    expect(findPeer('cosign', '0')).toBeUndefined();
  });

  test('one that is missing fails on Debian and is skipped elsewhere', () => {
    const notes: (string | undefined)[] = [];
    const context = { skip: (note?: string) => void notes.push(note) };
    const mayPass = !isDebian() || missingAllowed();
    expect(() => requirePeer(context, 'no-such-peer')).toThrow(mayPass ? /unreachable/ : /no-such-peer is missing: run "npm run peers"/);
    expect(notes).toHaveLength(mayPass ? 1 : 0);
    expect(lacksPeers(['no-such-peer'])).toBe(mayPass);
  });
});
