/** A key pair that Assay and cosign both read, and the environment that opens it. */
import { join } from 'node:path';
import type { Peer } from '../row.ts';
import type { Lab } from './lab.ts';

/** Where the private key is, and what a program has to be told to use it. */
export interface BenchKeyPair {
  readonly key: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Made by cosign, encrypted as cosign encrypts: both pay for opening it. */
export async function keyPair({ run, folder }: Lab, cosign: Peer): Promise<BenchKeyPair> {
  const env = { COSIGN_PASSWORD: 'bench', COSIGN_YES: '1' };
  await run(cosign.path, ['generate-key-pair'], { env });
  return { key: join(folder, 'cosign.key'), env };
}

/** The arguments before the image: a signature with a key and nothing else, in a log neither. */
export const SIGN = {
  ours: (key: string): readonly string[] => ['sign', '--key', key, '--tlog-upload=false'],
  oursTag: (key: string): readonly string[] => ['sign', '--key', key, '--tlog-upload=false', '--format', 'cosign-tag'],
  cosign3: (key: string): readonly string[] => [
    'sign',
    '--key',
    key,
    '--use-signing-config=false',
    '--tlog-upload=false',
    '--allow-http-registry',
  ],
  cosign2: (key: string): readonly string[] => ['sign', '--key', key, '--tlog-upload=false', '--allow-http-registry'],
} as const;
