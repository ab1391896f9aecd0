import { utf8 } from '../../../bytes/index.ts';
import type { Method } from '../../../oci/registry/http/message.ts';
import type { FlowOptions } from './flow.ts';

/** What a library that speaks OAuth asks for. */
export interface FetchInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

// The library reads refusals itself. 429 and 5xx are tried again before.
const EVERY_STATUS: readonly number[] = Array.from({ length: 300 }, (_, i) => 200 + i).filter((s) => s < 300 || s >= 400);
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** `fetch` over the client of all services: its proxies, bounds and authorities, and its law that secrets go over https. */
export function bridgeTo({ client, signal, issuer }: FlowOptions): (url: string, init: FetchInit) => Promise<Response> {
  return async (url, init) => {
    const body = init.body === undefined || init.body === null ? undefined : String(init.body);
    const signals = [signal, init.signal].filter((s) => s !== undefined);
    const answer = await client.request({
      method: init.method as Method,
      url,
      headers: init.headers,
      ...(body === undefined ? {} : { body: utf8(body), secrets: [...new URLSearchParams(body).values()].filter((v) => v.length >= 16) }),
      ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
      accept: EVERY_STATUS,
      who: `issuer ${issuer}`,
    });
    const headers = new Headers([...answer.headers].filter(([name]) => name === 'content-type' || name === 'www-authenticate'));
    return new Response(WITHOUT_BODY.has(answer.status) ? null : new Uint8Array(answer.body), { status: answer.status, headers });
  };
}
