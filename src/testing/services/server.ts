import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../errors.ts';
import { sharedKey, type VirtualSigstore } from '../authority/index.ts';
import type { Answer, Asked } from '../registry/answer.ts';
import { bend, createFaults, type Faults } from '../registry/faults.ts';
import { askedIn, listen, portOf, shut } from '../registry/listen.ts';
import { type SigningConfigJson, signingConfigOf } from './documents.ts';
import { createEntries } from './entries.ts';
import { fulcio } from './fulcio.ts';
import { createIssuer, type IssuerSettings } from './issuer.ts';
import type { Claims } from './jwt.ts';
import type { ServiceFault, Telling } from './lies.ts';
import { rekorV1 } from './rekor-v1.ts';
import { rekorV2 } from './rekor-v2.ts';
import { Refusal, refusalReply } from './reply.ts';
import { timestamps } from './timestamps.ts';
import { type TlsFiles, tlsFiles } from './tls.ts';

/** How services are started. */
export interface SigstoreServiceOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Serves https; `true` with a certificate made for the purpose. With `ca`, clients have to show a certificate of that authority. */
  readonly tls?: true | TlsFiles;
  /** The services' clock. Default: the real one. */
  readonly now?: () => Date;
  /** Issuers of tokens, beside the services' own, that the certificate authority accepts; their tokens are signed by the same key. */
  readonly issuers?: readonly string[];
  /** Whether Rekor v2 refuses an entry that it has already; the real one remembers as long as it runs. Default: it does. */
  readonly remembers?: boolean;
  /** The audience that the certificate authority wants. Default `sigstore`. */
  readonly audience?: string;
  /** Who logs in at the issuer. Default `dev@example.test`. */
  readonly user?: Claims;
  /** What clients have to show at the issuer; public clients when left out. */
  readonly clientSecret?: string;
}

/** One request that came, with the status that it got (0 while it has none). */
export interface ServiceRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly fault: string | undefined;
  status: number;
}

/** Services that run in this process, all at one address. */
export interface SigstoreServices {
  readonly sigstore: VirtualSigstore;
  /** `http://127.0.0.1:PORT`, or https: Fulcio, and Rekor in both versions. */
  readonly url: string;
  /** The timestamp authority, with its path. */
  readonly timestampUrl: string;
  /** The OpenID Connect issuer. */
  readonly issuer: string;
  /** Settings of the issuer; they can be changed at any time. */
  readonly login: IssuerSettings;
  /** PEM of the authority whose certificate is served, where the services made it. */
  readonly tlsAuthority: string | undefined;
  readonly faults: Faults<ServiceFault>;
  /** Every request, in order. */
  readonly log: ServiceRequest[];
  /** Mints an identity token; claims replace the usual ones, `undefined` leaves one out. Without `sub` and `email` it is the user's. */
  token(claims?: Claims): string;
  /** What the user does with a device code. */
  decide(userCode: string, granted: boolean): boolean;
  /** A signing configuration that names these services. */
  signingConfig(rekor: 1 | 2): SigningConfigJson;
  /** Ends all connections, hanging ones too. */
  close(): Promise<void>;
}

/**
 * Starts what a Sigstore runs, over a virtual one: Fulcio, Rekor v1 and v2, a timestamp authority, an OpenID Connect issuer. They really check what they
 * are given. `faults` says what goes wrong, lies included; `sigstore.trustedRoot()` trusts them.
 */
export async function startSigstoreServices(sigstore: VirtualSigstore, options: SigstoreServiceOptions = {}): Promise<SigstoreServices> {
  const { port = 0, now = () => new Date(), audience = 'sigstore' } = options;
  const faults = createFaults<ServiceFault>();
  const log: ServiceRequest[] = [];
  const login: IssuerSettings = {
    user: options.user ?? { sub: 'dev', email: 'dev@example.test', email_verified: true },
    clientSecret: options.clientSecret,
    consents: true,
    lifetime: 600,
    audience: undefined,
  };
  const provider = createIssuer(sharedKey('rsa2048', 'identity tokens'));
  const [entries1, entries2] = [createEntries(sigstore.rekor), createEntries(sigstore.rekor2)];
  const tls = options.tls === true ? tlsFiles() : options.tls;
  const server = await listen((request, response) => void serve(request, response), { port, tls });
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${portOf(server)}`;
  const [issuer, timestampUrl] = [`${url}/oidc`, `${url}/api/v1/timestamp`];
  const trust = { issuers: [issuer, ...(options.issuers ?? [])], audience, tokenKey: provider.key };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await askedIn(request);
    const hitting = faults.hitting(asked);
    const entry = { method: asked.method, target: asked.target, headers: asked.headers, body: asked.body, status: 0 };
    const noted: ServiceRequest = { ...entry, fault: hitting.map((f) => (f.kind === 'lie' ? f.lie : f.kind)).join(',') || undefined };
    log.push(noted);
    response.on('finish', () => {
      noted.status = response.statusCode;
    });
    const telling = tellingOf(hitting, now());
    for (const fault of hitting) {
      if (fault.kind === 'lie') continue;
      if (fault.kind === 'status' && fault.body === undefined) {
        const retry = fault.retryAfter === undefined ? {} : { 'Retry-After': String(fault.retryAfter) };
        const refusal = new Refusal(fault.status, `injected ${fault.status}`, 'grpc', { ...retry, ...fault.headers });
        return send(response, refusalReply(refusal));
      }
      // Cut, lengthened and replaced answers need the right one first: the request is carried out.
      const whole =
        fault.kind === 'truncate' || fault.kind === 'length' || fault.kind === 'substitute' ? await well(asked, telling) : undefined;
      const bent = await bend(fault, asked, () => whole ?? refusalReply(new Refusal(500, 'no answer')), url, response);
      if (bent === 'sent') return;
      if (bent !== undefined && 'answer' in bent) return send(response, bent.answer);
    }
    send(response, await well(asked, telling));
  }

  async function well(asked: Asked, telling: Telling): Promise<Answer> {
    try {
      const below = asked.path.startsWith('/oidc/') ? asked.path.slice('/oidc'.length) : undefined;
      const answered =
        below !== undefined
          ? provider.answer(issuer, below, asked, login, telling)
          : ((await fulcio(sigstore, trust, asked, telling)) ??
            (await rekorV1(entries1, asked, telling)) ??
            (await rekorV2(entries2, asked, telling, options.remembers)) ??
            timestamps(sigstore.tsa, asked, telling));
      return answered ?? refusalReply(new Refusal(404, 'Not Found'));
    } catch (error) {
      return refusalReply(error instanceof Refusal ? error : new Refusal(500, messageOf(error)));
    }
  }

  return {
    sigstore,
    url,
    timestampUrl,
    issuer,
    login,
    tlsAuthority: tls?.authority,
    faults,
    log,
    token: (claims = {}) => provider.token(issuer, claims, login, now()),
    decide: provider.decide,
    signingConfig: (rekor) => signingConfigOf(url, issuer, timestampUrl, rekor),
    close: () => shut(server),
  };
}

function tellingOf(faults: readonly ServiceFault[], now: Date): Telling {
  const lies = faults.flatMap((fault) => (fault.kind === 'lie' ? [fault] : []));
  const off = lies.find(({ lie }) => lie === 'clock');
  return {
    now: off === undefined ? now : new Date(now.getTime() + (off.ms ?? 3_600_000)),
    lies: new Set(lies.map(({ lie }) => lie)),
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'Content-Length': body.length }).end(body);
}
