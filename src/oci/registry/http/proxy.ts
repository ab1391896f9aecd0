import { AssayError } from '../../../errors.ts';
import { isLoopback } from './address.ts';
import { parseUrl } from './message.ts';

/** The variables that name proxies, as curl, Go and Docker read them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for an address: `HTTPS_PROXY` or `HTTP_PROXY` by its scheme (lower case wins), unless `NO_PROXY` lists the
 * host: `*`, a domain with its subdomains (`.example.org` or `example.org`), a host with a port, an IPv4 network.
 * This machine is never asked for through a proxy. Throws `usage-invalid` on a proxy that is no http or https address.
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  if (isLoopback(host)) return undefined;
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const value = env[name] || env[name.toUpperCase()];
  if (value === undefined || value === '') return undefined;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const exceptions = (env.no_proxy || env.NO_PROXY || '').split(/[\s,]+/).filter((e) => e !== '');
  if (exceptions.some((e) => covers(e.toLowerCase(), host, port))) return undefined;
  const proxy = parseUrl(value.includes('://') ? value : `http://${value}`);
  if (!proxy || (proxy.protocol !== 'http:' && proxy.protocol !== 'https:')) {
    throw new AssayError('usage-invalid', `${name.toUpperCase()} is not the address of an http or https proxy`);
  }
  return proxy;
}

function covers(exception: string, host: string, port: string): boolean {
  if (exception === '*') return true;
  const network = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(exception);
  if (network) return inNetwork(host, network[1] ?? '', Number(network[2]));
  const withPort = /^(.*[^:]):(\d+)$/.exec(exception);
  if (withPort && withPort[2] !== port) return false;
  const name = (withPort?.[1] ?? exception).replace(/^\[|\]$/g, '').replace(/^\*?\./, '');
  return host === name || host.endsWith(`.${name}`);
}

function inNetwork(host: string, network: string, bits: number): boolean {
  const [a, b] = [asNumber(host), asNumber(network)];
  if (a === undefined || b === undefined || bits > 32) return false;
  const size = 2 ** (32 - bits);
  return Math.floor(a / size) === Math.floor(b / size);
}

function asNumber(address: string): number | undefined {
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(address)) return undefined;
  return address.split('.').reduce((n, part) => n * 256 + Number(part), 0);
}
