import { type HttpAnswer, type HttpRequest, isStream } from './message.ts';

/** What stands in the place of a secret. */
const HIDDEN = '[hidden]';

/**
 * A refusal without what the request proved itself with: whoever refuses may repeat a password or token in the reason, and reasons are printed. Answers that are no
 * refusal stay as they are.
 */
export function withoutProof(answer: HttpAnswer, request: HttpRequest): HttpAnswer {
  if (answer.status < 400 || answer.body.length === 0) return answer;
  const text = answer.body.toString('utf8');
  const hidden = proofsIn(request).reduce((t, secret) => t.replaceAll(secret, HIDDEN), text);
  return hidden === text ? answer : { ...answer, body: Buffer.from(hidden, 'utf8') };
}

// As they are, and as JSON writes them; the longest first, since one may hold another.
function proofsIn({ headers, body }: HttpRequest): readonly string[] {
  const [scheme, credentials = ''] = (headers.authorization ?? '').split(' ');
  const pair = scheme === 'Basic' ? Buffer.from(credentials, 'base64').toString('utf8') : undefined;
  const form = body === undefined || isStream(body) || headers['content-type'] !== FORM ? undefined : Buffer.from(body).toString('utf8');
  const refresh = form === undefined ? '' : (new URLSearchParams(form).get('refresh_token') ?? '');
  const secrets = [credentials, pair ?? '', pair?.slice(pair.indexOf(':') + 1) ?? '', refresh];
  const all = secrets.filter((s) => s.length >= LEAST).flatMap((s) => [s, JSON.stringify(s).slice(1, -1)]);
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}

const FORM = 'application/x-www-form-urlencoded';

/** A shorter one would tear words apart, and is found by trying anyway. */
const LEAST = 4;
