import { spawn } from 'node:child_process';
import { withoutOwnSecrets } from '../../../oci/registry/auth/own-secrets.ts';

/** The programs that open a page, by platform. */
const OPENERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['darwin', ['open']],
  ['win32', ['rundll32', 'url.dll,FileProtocolHandler']],
]);

/** Opens a page in the person's browser, without a shell; answers whether the program that does it could be started. */
export function openBrowser(url: string, env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const [program = 'xdg-open', ...args] = OPENERS.get(process.platform) ?? ['xdg-open'];
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { env: withoutOwnSecrets(env), stdio: 'ignore', detached: true });
    child.on('error', () => resolve(false));
    child.on('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
