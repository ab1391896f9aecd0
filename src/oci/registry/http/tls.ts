import { AssayError } from '../../../errors.ts';
import type { Environment } from './proxy.ts';

/** How servers are told apart from impostors. Files are read when the first connection is made. */
export interface TlsOptions {
  /** PEM files with certificate authorities that are believed besides the usual ones. */
  readonly caFiles?: readonly string[];
  /** PEM files with which this client says who it is, to the registry itself and never to a place that it redirects to. */
  readonly clientCertificate?: { readonly certFile: string; readonly keyFile: string };
  /** The name that the registry's certificate has to have, where it is not the host's. */
  readonly serverName?: string;
  /** Believes every server. Only on request. */
  readonly allowInsecure?: boolean;
}

/** What Node's TLS is told. */
export interface TlsSettings {
  readonly rejectUnauthorized: boolean;
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/**
 * The settings for the registry itself (`home`) or for a place that it named. `SSL_CERT_FILE` takes the place of the
 * built-in authorities, as in Go; `NODE_EXTRA_CA_CERTS` and `caFiles` come on top. Throws `file-unreadable` or `trust-invalid`.
 */
export async function tlsSettings(options: TlsOptions, env: Environment, home: boolean): Promise<TlsSettings> {
  const ca = await authorities(options.caFiles ?? [], env);
  const client = home ? options.clientCertificate : undefined;
  return {
    rejectUnauthorized: options.allowInsecure !== true,
    ...(ca === undefined ? {} : { ca }),
    ...(client === undefined ? {} : { cert: await readPem(client.certFile), key: await readPem(client.keyFile) }),
    ...(home && options.serverName !== undefined ? { servername: options.serverName } : {}),
  };
}

async function authorities(files: readonly string[], env: Environment): Promise<readonly string[] | undefined> {
  const file = env.SSL_CERT_FILE || undefined;
  // Without either, Node's own default stands; it knows NODE_EXTRA_CA_CERTS by itself.
  if (files.length === 0 && file === undefined) return undefined;
  const extra = env.NODE_EXTRA_CA_CERTS || undefined;
  const base = file === undefined ? (await import('node:tls')).rootCertificates : [await readAuthorities(file)];
  const more = await Promise.all([...(extra === undefined ? [] : [extra]), ...files].map(readAuthorities));
  return [...base, ...more];
}

async function readAuthorities(path: string): Promise<string> {
  const text = await readPem(path);
  if (!text.includes('-----BEGIN CERTIFICATE-----') && !text.includes('-----BEGIN TRUSTED CERTIFICATE-----')) {
    throw new AssayError('trust-invalid', `no PEM certificate in ${path}`);
  }
  return text;
}

async function readPem(path: string): Promise<string> {
  try {
    return await (await import('node:fs/promises')).readFile(path, 'utf8');
  } catch (cause) {
    throw new AssayError('file-unreadable', `cannot read ${path}`, { cause });
  }
}
