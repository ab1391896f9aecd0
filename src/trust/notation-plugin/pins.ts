import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/** The one executable that may run as a plugin of a name; several pins of a name allow several. */
export interface PluginPin {
  readonly name: string;
  /** `sha256:` and 64 lower-case hexadecimal digits, of the executable. */
  readonly digest: string;
}

/** Whether a text can be the name of a plugin: part of a file's name, and no way out of its folder. */
export function isPluginName(name: string): boolean {
  return /^[a-zA-Z0-9_.-]{1,200}$/.test(name) && name !== '.' && name !== '..';
}

/** A pin as a flag has it, `NAME=sha256:HEX`. Throws `usage-invalid`. */
export function parsePin(text: string): PluginPin {
  const at = text.indexOf('=');
  return pin(text.slice(0, Math.max(at, 0)), text.slice(at + 1), `"${text.slice(0, 100)}"`, 'usage-invalid');
}

/** The pins of a file: on each line a name and a digest, and after `#` whatever one likes. Throws `input-invalid` with the line, and `limit`. */
export function parsePins(text: string, file: string): readonly PluginPin[] {
  if (text.length > LIMITS.policyBytes) throw new AssayError('limit', `${file} has more than ${LIMITS.policyBytes} characters`);
  return text.split('\n').flatMap((line, i) => {
    const [name, digest, ...rest] = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (name === undefined || name === '') return [];
    return [pin(name, [digest ?? '', ...rest].join(' '), `${file}, line ${i + 1}`, 'input-invalid')];
  });
}

function pin(name: string, digest: string, what: string, code: 'usage-invalid' | 'input-invalid'): PluginPin {
  if (!isPluginName(name) || !/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new AssayError(code, `${what} is no pin of a plugin`, {
      hint: code === 'usage-invalid' ? 'NAME=sha256: and 64 hexadecimal digits in lower case' : 'each line is NAME sha256:HEX',
    });
  return { name, digest };
}
