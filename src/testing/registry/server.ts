import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../errors.ts';
import { type Answer, type Asked, refuse } from './answer.ts';
import { type AuthOptions, createDoor } from './auth.ts';
import { type Content, createContent } from './content.ts';
import { bend, createFaults, type Faults } from './faults.ts';
import { askedIn, listen, portOf, type ServerTls, shut } from './listen.ts';
import { type Behaviour, route, WELL } from './routes.ts';

/** How a test registry is started. */
export interface RegistryOptions extends Partial<Behaviour> {
  /** Default: a free one. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly address?: string;
  readonly auth?: AuthOptions;
  /** Serves https with this certificate and key, PEM; with `ca`, clients have to show a certificate of that authority. */
  readonly tls?: ServerTls;
  /** Content that another registry holds, to serve the same. */
  readonly content?: Content;
}

/** One request that came, with the status that it got (0 while it has none). */
export interface LogEntry {
  readonly origin: 'registry' | 'other';
  readonly method: string;
  readonly target: string;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly fault: string | undefined;
  status: number;
  /** Milliseconds of `performance.now()`. */
  readonly started: number;
  /** When the answer had been sent. */
  ended: number | undefined;
}

/** A registry that runs in this process. */
export interface TestRegistry {
  /** `127.0.0.1:PORT`, for references. */
  readonly host: string;
  /** `http://127.0.0.1:PORT`, or https. */
  readonly url: string;
  /** The second origin: serves the same blobs and manifests, and logs whether credentials came along. */
  readonly otherUrl: string;
  readonly behaviour: Behaviour;
  readonly faults: Faults;
  /** Every request to both origins, in order. */
  readonly log: LogEntry[];
  readonly content: Content;
  /** Ends all connections, hanging ones too. */
  close(): Promise<void>;
}

/**
 * Starts an in-memory registry (distribution spec 1.1, referrers API included) that does as it is told: see `Behaviour`
 * for what registries differ in, `Fault` for what goes wrong with them, `AuthOptions` for who may ask.
 */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const { port = 0, address = '127.0.0.1', auth, tls, content = createContent(), ...behaviours } = options;
  const behaviour: Behaviour = { ...WELL, ...behaviours };
  const faults = createFaults();
  const log: LogEntry[] = [];
  const door = createDoor(auth);
  const other = await listen((request, response) => void serve('other', request, response), { port: 0, address, tls });
  const server = await listen((request, response) => void serve('registry', request, response), { port, address, tls });
  const scheme = tls === undefined ? 'http' : 'https';
  const host = `${address}:${portOf(server)}`;
  const url = `${scheme}://${host}`;
  const otherUrl = `${scheme}://localhost:${portOf(other)}`;

  async function serve(origin: LogEntry['origin'], request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      let asked = await askedIn(request);
      const hitting = origin === 'registry' ? faults.hitting(asked) : [];
      const entry = note(origin, asked, hitting.map((f) => f.kind).join(',') || undefined, response);
      log.push(entry);
      for (const fault of hitting) {
        const bent = await bend(fault, asked, () => well(origin, asked), otherUrl, response);
        if (bent === 'sent') return;
        if (bent !== undefined && 'answer' in bent) return send(request, response, bent.answer);
        if (bent !== undefined) asked = bent.asked;
      }
      send(request, response, well(origin, asked));
    } catch (error) {
      if (!response.headersSent) send(request, response, refuse(500, 'UNKNOWN', messageOf(error)));
    }
  }

  function well(origin: LogEntry['origin'], asked: Asked): Answer {
    if (origin === 'registry' && asked.path === '/token') return door.token(asked);
    const refused = origin === 'registry' ? door.check(asked, url) : undefined;
    return refused ?? route(content, behaviour, url, asked);
  }

  async function close(): Promise<void> {
    await Promise.all([server, other].map(shut));
  }

  return { host, url, otherUrl, behaviour, faults, log, content, close };
}

function note(origin: LogEntry['origin'], asked: Asked, fault: string | undefined, response: ServerResponse): LogEntry {
  const entry: LogEntry = {
    origin,
    method: asked.method,
    target: asked.target,
    authorization: asked.headers.authorization,
    headers: asked.headers,
    fault,
    status: 0,
    started: performance.now(),
    ended: undefined,
  };
  response.on('finish', () => {
    entry.status = response.statusCode;
    entry.ended = performance.now();
  });
  return entry;
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, {
    'Docker-Distribution-API-Version': 'registry/2.0',
    ...answer.headers,
    'Content-Length': answer.body.length,
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}
