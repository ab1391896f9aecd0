import { expect, test } from 'vitest';
import { notationFolders } from './notation-folders.ts';

const at = (env: Record<string, string>, platform: NodeJS.Platform = 'linux') =>
  notationFolders({ env, home: '/home/me', cwd: '/here' }, platform);

test.each([
  ['the usual ones', {}, ['/home/me/.config/notation', '/home/me/.config/notation/plugins', '/home/me/.cache/notation/crl']],
  ['of XDG', { XDG_CONFIG_HOME: '/c', XDG_CACHE_HOME: '/k' }, ['/c/notation', '/c/notation/plugins', '/k/notation/crl']],
  [
    'not of a relative XDG',
    { XDG_CONFIG_HOME: 'c' },
    ['/home/me/.config/notation', '/home/me/.config/notation/plugins', '/home/me/.cache/notation/crl'],
  ],
  [
    "notation's own variables",
    { NOTATION_CONFIG: '/n', NOTATION_LIBEXEC: '/l', NOTATION_CACHE: 'k', XDG_CONFIG_HOME: '/c' },
    ['/n', '/l/plugins', '/here/k/crl'],
  ],
  [
    'empty variables',
    { NOTATION_CONFIG: '', XDG_CONFIG_HOME: '' },
    ['/home/me/.config/notation', '/home/me/.config/notation/plugins', '/home/me/.cache/notation/crl'],
  ],
] as const)("Notation's folders: %s", (_what, env, [config, plugins, lists]) => {
  expect(at(env)).toEqual({ config, plugins, lists });
});

test("Notation's folders on a Mac", () => {
  const { config, lists } = at({ XDG_CONFIG_HOME: '/c' }, 'darwin');
  expect([config, lists]).toEqual(['/home/me/Library/Application Support/notation', '/home/me/Library/Caches/notation/crl']);
});
