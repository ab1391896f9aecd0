import { isLoopback } from './http/address.ts';
import type { TlsOptions } from './http/tls.ts';

/** How a registry may be reached. */
export interface ReachOptions extends TlsOptions {
  /** `true`: plain HTTP where https does not answer; `false`: https only; left out: plain HTTP on this machine only. */
  readonly allowHttp?: boolean;
}

/** The host that serves a registry's API: Docker Hub's is not the one of its name. */
export function apiHost(registry: string): string {
  return registry === 'docker.io' ? 'registry-1.docker.io' : registry;
}

/** The schemes to try for a host, in order. This machine is asked over plain HTTP first, as docker and crane do. */
export function schemesFor(host: string, allowHttp: boolean | undefined): readonly ('https' | 'http')[] {
  const loopback = isLoopback(new URL(`http://${host}`).hostname);
  if (loopback && allowHttp !== false) return ['http', 'https'];
  return allowHttp === true ? ['https', 'http'] : ['https'];
}
