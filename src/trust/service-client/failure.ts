import { parseJson } from '../../codec/json.ts';
import { AssayError, type ErrorCode } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type HttpAnswer, printable, printableText } from '../../oci/registry/http/message.ts';

/** What a failure is told about the request. */
interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly who?: string;
}

/** The error for an answer that was not accepted: `service-unavailable` for 429 and 5xx, else `service-refused`, with what the service says. */
export function refusedBy(answer: HttpAnswer, asked: Asked): AssayError {
  const { status } = answer;
  const passing = status === 429 || status >= 500;
  const says = sentenceOf(answer, asked);
  const message = `${placeOf(asked)}: status ${status}${says === '' ? '' : `: ${says}`}`;
  return new AssayError(passing ? 'service-unavailable' : 'service-refused', message, { retryable: passing });
}

/** The transport's errors are about registries; these are about services. Others stay as they are. `timeoutMs`: the time that ran out. */
export function unavailable(error: unknown, asked: Asked, timeoutMs?: number): unknown {
  if (timeoutMs !== undefined)
    return new AssayError('service-unavailable', `${placeOf(asked)}: no answer within ${timeoutMs / 1000} s`, { cause: error });
  if (!(error instanceof AssayError) || !TRANSPORT.has(error.code)) return error;
  const hint = hintOf(error.cause);
  const message = asked.who === undefined ? error.message : `${asked.who}: ${error.message}`;
  return new AssayError('service-unavailable', message, { cause: error.cause, ...(hint === undefined ? {} : { hint }) });
}

const TRANSPORT: ReadonlySet<ErrorCode> = new Set(['registry-unreachable', 'registry-timeout', 'content-truncated', 'registry-protocol']);

/** A foreign text without the secrets of a request, as it may be printed: one line, bounded. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const hidden = text.replace(JWT, '[hidden]').replace(/[\w.+/=~-]{12,}/g, (run) => (isPartOf(run, secrets) ? '[hidden]' : run));
  return printableText(
    secrets.filter((s) => s !== '').reduce((t, secret) => t.replaceAll(secret, '[hidden]'), hidden),
    LIMITS.foreignMessageLength,
  );
}

// Whatever looks like a token is treated as one, whoever it belongs to.
const JWT = /\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g;

function isPartOf(run: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => secret.includes(run) || (secret.length >= 8 && run.includes(secret)));
}

function placeOf({ who, method, url }: Asked): string {
  return `${who === undefined ? '' : `${who}: `}${method} ${printable(url)}`;
}

function sentenceOf(answer: HttpAnswer, { headers, url, secrets = [] }: Asked): string {
  const text = answer.body.toString('utf8');
  const credentials = Object.entries(headers).flatMap(([name, value]) =>
    name.toLowerCase() === 'authorization' ? [value, value.replace(/^\S+\s+/, '')] : [],
  );
  return withoutSecrets(messageIn(text) ?? (/^\s*</.test(text) ? '' : text), [...secrets, ...credentials, ...userOf(url)]);
}

// What stands in front of the host is sent as a name and password.
function userOf({ username, password }: URL): readonly string[] {
  const [name, secret] = [username, password].map(plain);
  return password === '' ? [] : [password, secret ?? '', Buffer.from(`${name}:${secret}`).toString('base64')];
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What gRPC gateways, OAuth (RFC 6749 §5.2), problem details (RFC 9457) and others call their message. */
function messageIn(text: string): string | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return sentences(parseJson(text), 0);
  } catch {
    return undefined;
  }
}

const WORDS = ['message', 'error', 'error_description', 'title', 'detail', 'errors'] as const;

function sentences(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return value;
  if (depth > 2 || value === null || typeof value !== 'object') return undefined;
  const parts = Array.isArray(value)
    ? value.slice(0, 3).map((v) => sentences(v, depth + 1))
    : WORDS.map((word) => sentences((value as Record<string, unknown>)[word], depth + 1));
  const said = parts.filter((p) => p !== undefined && p !== '');
  return said.length === 0 ? undefined : [...new Set(said)].join(': ');
}

function hintOf(cause: unknown): string | undefined {
  const { code } = (cause ?? {}) as { code?: unknown };
  if (typeof code !== 'string') return undefined;
  if (/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|DEPTH_ZERO/.test(code)) return 'name the authority of the service in the file of SSL_CERT_FILE';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'the certificate is for another host: check the address';
  if (code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED') return "check this machine's clock";
  return undefined;
}
