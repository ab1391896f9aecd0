import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsePem } from '../../src/codec/pem.ts';
import { importPublicKey } from '../../src/crypto/index.ts';
import { messageOf } from '../../src/errors.ts';
import { decodeBundle } from '../../src/signature/index.ts';
import { parseTrustedRoot } from '../../src/trust/index.ts';
import { type Authority, exactly, type Findings, verifyEvidence } from '../../src/verify/index.ts';
import { HAS_VECTORS, VECTORS } from './shared.ts';

const FOLDER = path.join(VECTORS, 'sigstore/bundle-verify');
const BEACON =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';

async function verdict(name: string, mode: 'file' | 'digest'): Promise<{ outcome: string; why: string }> {
  const at = (file: string): string => path.join(FOLDER, name, file);
  const text = (file: string, otherwise: string): string => (existsSync(at(file)) ? readFileSync(at(file), 'utf8').trim() : otherwise);
  const artifact = readFileSync(existsSync(at('artifact')) ? at('artifact') : path.join(FOLDER, 'a.txt'));
  const root = existsSync(at('trusted_root.json')) ? at('trusted_root.json') : path.join(VECTORS, 'sigstore/trusted_root.json');
  try {
    const authority: Authority = existsSync(at('key.pub'))
      ? { kind: 'key', name: 'key.pub', key: importPublicKey(parsePem(readFileSync(at('key.pub'), 'utf8'))[0]?.bytes ?? new Uint8Array()) }
      : {
          kind: 'identity',
          name: 'beacon',
          subject: exactly(text('identity', BEACON)),
          issuer: exactly(text('issuer', 'https://token.actions.githubusercontent.com')),
          claims: new Map(),
        };
    const digests = new Map([['sha256', createHash('sha256').update(artifact).digest('hex')]]);
    const findings: Findings = await verifyEvidence(decodeBundle(readFileSync(at('bundle.sigstore.json'))), {
      subject: { digests, bytes: mode === 'file' ? artifact : undefined },
      wanted: { kind: 'any' },
      authorities: [authority],
      trust: parseTrustedRoot(readFileSync(root, 'utf8')),
      demands: {},
      now: Date.now(),
    });
    return {
      outcome: findings.outcome,
      why: findings.checks
        .filter((c) => c.result !== 'pass')
        .map((c) => `${c.id}: ${c.reason}`)
        .join('; '),
    };
  } catch (error) {
    return { outcome: 'invalid', why: messageOf(error) };
  }
}

describe.runIf(HAS_VECTORS)('sigstore-conformance vectors', () => {
  const names = HAS_VECTORS ? readdirSync(FOLDER, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [e.name] : [])) : [];
  test.each(names.flatMap((n) => [[n, 'file'] as const, [n, 'digest'] as const]))('%s, by %s', async (name, mode) => {
    const { outcome, why } = await verdict(name, mode);
    if (name.endsWith('fail')) expect(outcome, why).toMatch(/^(?:invalid|untrusted|expired)$/);
    else expect(outcome, why).toBe('verified');
  });
});
