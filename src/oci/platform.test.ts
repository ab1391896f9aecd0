import { describe, expect, test } from 'vitest';
import type { Descriptor } from './descriptor.ts';
import { descriptorOf } from './descriptor.ts';
import { digestOf } from './digest.ts';
import { type ImageIndex, parseManifest } from './manifest.ts';
import { OCI_INDEX, OCI_MANIFEST } from './media-types.ts';
import { childOf, formatPlatform, isAttestationManifest, parsePlatform, platformsOf } from './platform.ts';

function index(...platforms: readonly string[]): ImageIndex {
  const manifests = platforms.map((p) => {
    const [os, architecture, variant] = p.split('/');
    return {
      mediaType: OCI_MANIFEST,
      digest: digestOf(Buffer.from(p)),
      size: 1,
      platform: { os, architecture, ...(variant ? { variant } : {}) },
    };
  });
  const parsed = parseManifest(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })));
  if (parsed.kind !== 'index') throw new Error('no index');
  return parsed;
}

describe('childOf', () => {
  test.each([
    ['linux/amd64', ['linux/arm64', 'linux/amd64'], 'linux/amd64'],
    ['linux/x86_64', ['linux/amd64'], 'linux/amd64'],
    ['linux/aarch64', ['linux/arm64/v8'], 'linux/arm64/v8'],
    ['linux/arm64/v8', ['linux/arm64'], 'linux/arm64'],
    ['linux/arm64', ['linux/arm64/v8'], 'linux/arm64/v8'],
    ['linux/arm', ['linux/arm/v6', 'linux/arm/v7'], 'linux/arm/v7'],
    ['linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v6'],
    ['linux/arm/v6', ['linux/arm/v7', 'linux/arm/v5'], 'linux/arm/v5'],
    ['linux/amd64/v3', ['linux/amd64', 'linux/amd64/v2'], 'linux/amd64/v2'],
    ['linux/amd64', ['linux/amd64/v2', 'linux/amd64/v1'], 'linux/amd64/v1'],
    ['linux/riscv64', ['linux/riscv64'], 'linux/riscv64'],
  ])('%s of %j is %s', (wanted, have, expected) => {
    expect(childOf(index(...have), parsePlatform(wanted))?.digest).toBe(digestOf(Buffer.from(expected)));
  });

  test.each([
    ['linux/amd64', ['linux/amd64/v2', 'linux/arm64', 'windows/amd64']],
    ['linux/arm/v5', ['linux/arm']],
    ['linux/arm64', ['linux/arm/v8']],
  ])('%s is not in %j', (wanted, have) => {
    expect(childOf(index(...have), parsePlatform(wanted))).toBeUndefined();
  });

  test('never takes an attestation manifest, even one that claims the platform', () => {
    const real = index('linux/amd64');
    const [child] = real.manifests;
    if (child === undefined) throw new Error('no child');
    const about = new Map([
      ['vnd.docker.reference.type', 'attestation-manifest'],
      ['vnd.docker.reference.digest', child.digest],
    ]);
    const attestation: Descriptor = descriptorOf(OCI_MANIFEST, digestOf(Buffer.from('att')), 1, {
      annotations: about,
      platform: { os: 'linux', architecture: 'amd64' },
    });
    const both: ImageIndex = { ...real, manifests: [attestation, child] };
    expect(isAttestationManifest(attestation)).toBe(true);
    expect(childOf(both, parsePlatform('linux/amd64'))).toBe(child);
    expect(platformsOf(both).map((p) => p.descriptor)).toEqual([child]);
  });
});

test('platforms are listed without those that are unknown', () => {
  expect(platformsOf(index('linux/amd64', 'unknown/unknown', 'linux/arm64/v8')).map((p) => p.platform)).toEqual([
    'linux/amd64',
    'linux/arm64',
  ]);
});

test('platforms are written the short way', () => {
  expect(formatPlatform(parsePlatform('Linux/armhf'))).toBe('linux/arm');
  expect(formatPlatform(parsePlatform('linux/arm/6'))).toBe('linux/arm/v6');
  expect(formatPlatform(parsePlatform('macos/arm64'))).toBe('darwin/arm64');
});

test.each(['', 'linux', 'linux/', '/amd64', 'linux/amd64/v1/x', 'linux amd64', 'linux/am\nd64'])('%j is no platform', (text) => {
  expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: 'usage-invalid' }));
});
