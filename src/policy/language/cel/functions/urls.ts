/** URLs (Kubernetes, apiserver/pkg/cel/library/urls.go): what Go's `url.ParseRequestURI` takes, absolute or a path, unchanged. */
import type { CelFunc, CelValue } from '../library.ts';
import { celList, celMap, func, method, opaque, STRING } from '../library.ts';
import { fail } from '../values.ts';

interface Url {
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

const URL_TYPE = opaque<Url>('kubernetes.URL', (a, b) => a.text === b.text);

// The user's part, a name or an address in brackets, and a port.
const AUTHORITY = /^(?:[A-Za-z0-9._~!$&'()*+,;=:%-]*@)?((?:\[[0-9A-Fa-f:.]+(?:%25[^\]]*)?\]|[^[\]:@/?#<>"^`{|}\\ ]*)(?::[0-9]*)?)$/;

function parse(text: string): Url | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (text === '' || text.length > 65_536 || /[\x00-\x1f\x7f]/.test(text)) return undefined;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1];
  let rest = scheme === undefined ? text : text.slice(scheme.length + 1);
  const mark = rest.indexOf('?');
  const query = mark < 0 ? '' : rest.slice(mark + 1);
  if (mark >= 0) rest = rest.slice(0, mark);
  const shared = { text, scheme: (scheme ?? '').toLowerCase(), query };
  if (!rest.startsWith('/')) return scheme === undefined ? undefined : { ...shared, host: '', path: '' };
  let host = '';
  if (scheme !== undefined && rest.startsWith('//')) {
    const end = rest.indexOf('/', 2);
    const authority = AUTHORITY.exec(end < 0 ? rest.slice(2) : rest.slice(2, end));
    if (authority === null) return undefined;
    host = decode(authority[1] ?? '') ?? '';
    if (authority[1] !== '' && host === '') return undefined;
    rest = end < 0 ? '' : rest.slice(end);
  }
  return decode(rest) === undefined ? undefined : { ...shared, host, path: rest };
}

// Percent signs must come before two hexadecimal digits; what they say need not be UTF-8.
function decode(text: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  return Buffer.from(
    text
      .replace(/[^\x20-\x7e]/g, (char) => Buffer.from(char).toString('latin1'))
      .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString();
}

function escapedPath(path: string): string {
  if (/^(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9._~!$&'()*+,;=:@/[\]-])*$/.test(path)) return path;
  return [...Buffer.from(decode(path) ?? '')]
    .map((byte) =>
      /[A-Za-z0-9._~$&+,/:;=@-]/.test(String.fromCharCode(byte)) && byte < 128
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

function port(host: string): string {
  return /:([0-9]*)$/.exec(host.replace(/^\[[^\]]*\]/, ''))?.[1] ?? '';
}

function hostname(host: string): string {
  return host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:[0-9]*$/, '');
}

function query(text: string): CelValue {
  const values = new Map<string, string[]>();
  for (const pair of text.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const at = pair.indexOf('=');
    const key = decode((at < 0 ? pair : pair.slice(0, at)).replaceAll('+', ' '));
    const value = decode((at < 0 ? '' : pair.slice(at + 1)).replaceAll('+', ' '));
    if (key === undefined || value === undefined) continue;
    const found = values.get(key);
    if (found === undefined) values.set(key, [value]);
    else found.push(value);
  }
  return celMap(new Map(Array.from(values, ([key, list]) => [key, celList(list)])));
}

/** The functions. */
export function urlFunctions(): CelFunc[] {
  const getter = (name: string, run: (url: Url) => string) => method(name, URL_TYPE.type, [], (self: CelValue) => run(open(self)));
  const open = (value: CelValue) => URL_TYPE.open(value) ?? fail('no such overload');
  return [
    func('url', [STRING], (text: string) =>
      URL_TYPE.wrap(parse(text) ?? fail(`URL parse error during conversion from string: ${text.slice(0, 200)}`)),
    ),
    func('isURL', [STRING], (text: string) => parse(text) !== undefined),
    func('string', [URL_TYPE.type], (self: CelValue) => open(self).text),
    getter('getScheme', (url) => url.scheme),
    getter('getHost', (url) => url.host),
    getter('getHostname', (url) => hostname(url.host)),
    getter('getPort', (url) => port(url.host)),
    getter('getEscapedPath', (url) => escapedPath(url.path)),
    method('getQuery', URL_TYPE.type, [], (self: CelValue) => query(open(self).query)),
  ];
}
