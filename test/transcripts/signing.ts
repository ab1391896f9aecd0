import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importPrivateKey } from '../../src/crypto/index.ts';
import { encryptPrivateKey } from '../../src/crypto/private-keys.ts';
import { OCI_INDEX } from '../../src/oci/media-types.ts';
import type { TestRegistry } from '../../src/testing/registry/index.ts';
import { image, shelfOf } from './corpus.ts';

/** The key of RFC 8410 §10.3: Ed25519 signs the same in the same way each time, so that all digests can be foretold. */
const SIGNER = 'MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC';
const PUBLIC = 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=';
/** Another one. */
const OTHER = 'MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';

/** What sessions that write begin with: the images `app:v1` (an index) and `tool:v1`, keys, and files. */
export async function fillToSign(registry: TestRegistry, folder: string): Promise<void> {
  const app = shelfOf(registry, 'app');
  const [amd64, arm64] = [image(app, 'amd64'), image(app, 'arm64')];
  app.manifest(
    {
      mediaType: OCI_INDEX,
      manifests: [
        { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
        { ...arm64, platform: { os: 'linux', architecture: 'arm64' } },
      ],
    },
    'v1',
  );
  image(shelfOf(registry, 'tool'), 'amd64', 'v1');
  const locked = await encryptPrivateKey(importPrivateKey(Buffer.from(SIGNER, 'base64')), Buffer.from('right'));
  const files: Readonly<Record<string, string>> = {
    'signer.key': pem('PRIVATE KEY', SIGNER),
    'signer.pub': pem('PUBLIC KEY', PUBLIC),
    'other.key': pem('PRIVATE KEY', OTHER),
    'locked.key': locked,
    'password.txt': 'right\n',
    'broken.key': 'no key\n',
    'review.json': '{"passed":true}\n',
    'sbom.json': '{"spdxVersion":"SPDX-2.3"}\n',
    'notes.txt': 'notes\n',
  };
  await mkdir(folder, { recursive: true });
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
}

function pem(label: string, base64: string): string {
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
}
