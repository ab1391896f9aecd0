import { join } from 'node:path';
import { utf8 } from '../../../bytes/index.ts';
import { type Json, type JsonObject, parseJson } from '../../../codec/json.ts';
import { parsePem } from '../../../codec/pem.ts';
import { importPrivateKey, signWith } from '../../../crypto/private-key.ts';
import { AssayError } from '../../../errors.ts';
import { jsonObjectOf } from '../../../trust/service-client/json.ts';
import { type ProviderPlace, variable } from '../provider.ts';
import { textIn } from '../text-in.ts';
import { askMetadata, isOnGoogle } from './metadata.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const TOKEN_URI = 'https://oauth2.googleapis.com/token';
const WHO = 'Google token service';

/**
 * An access token of the application default credentials: the file of `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's own, or the metadata server.
 * Throws `token-missing`, `service-unavailable`, `service-refused`, `file-unreadable`, `input-invalid`, `unsupported`.
 */
export async function googleAccessToken(place: ProviderPlace, signal?: AbortSignal): Promise<string> {
  const named = variable(place, 'GOOGLE_APPLICATION_CREDENTIALS');
  const home = variable(place, 'HOME');
  const path = named ?? (home === undefined ? undefined : join(home, '.config', 'gcloud', 'application_default_credentials.json'));
  const text = path === undefined ? undefined : await place.readFile(path);
  if (text !== undefined) return exchange(place, formOf(credentialsIn(text, path ?? ''), place), signal);
  if (named !== undefined)
    throw new AssayError('file-unreadable', `GOOGLE_APPLICATION_CREDENTIALS names ${named}, and there is no such file`);
  if (!(await isOnGoogle(place)))
    throw new AssayError('token-missing', 'Google impersonation needs credentials of the caller, and there are none', {
      hint: 'set GOOGLE_APPLICATION_CREDENTIALS, or run gcloud auth application-default login',
    });
  const answer = await askMetadata(place, 'token', signal);
  if (answer === undefined)
    throw new AssayError('service-refused', 'Google metadata server: no service account is bound to what runs here');
  return textIn(objectIn(answer, 'Google metadata server'), 'access_token', 'Google metadata server');
}

interface TokenForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly secrets: readonly string[];
}

function credentialsIn(text: string, path: string): JsonObject {
  return objectIn(text, path);
}

function formOf(credentials: JsonObject, place: ProviderPlace): TokenForm {
  const need = (name: string): string => {
    const value = credentials[name];
    if (typeof value !== 'string' || value === '') throw new AssayError('input-invalid', `Google credentials hold no "${name}"`);
    return value;
  };
  if (credentials.type === 'authorized_user') {
    const secrets = [need('client_secret'), need('refresh_token')];
    const [clientSecret = '', refreshToken = ''] = secrets;
    const fields = { grant_type: 'refresh_token', client_id: need('client_id'), client_secret: clientSecret, refresh_token: refreshToken };
    return { url: tokenUri(credentials), fields, secrets };
  }
  if (credentials.type === 'service_account') {
    const url = tokenUri(credentials);
    const assertion = assertionOf(need('client_email'), need('private_key'), url, place.now());
    const fields = assertion.then((a) => ({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: a }));
    return { url, fields, secrets: [need('private_key')] };
  }
  throw new AssayError(
    'unsupported',
    `Google credentials of the type ${String(credentials.type).slice(0, 50)} cannot be used for impersonation`,
    {
      hint: 'authorized_user, service_account and the metadata server can',
    },
  );
}

function tokenUri({ token_uri: uri }: JsonObject): string {
  return typeof uri === 'string' && uri !== '' ? uri : TOKEN_URI;
}

/** A JWT by the service account itself (RFC 7523 §2.1). Throws `key-invalid`, `pem-invalid`. */
async function assertionOf(email: string, privateKey: string, audience: string, now: Date): Promise<string> {
  const [block] = parsePem(privateKey, 'private key of the Google credentials');
  const key = importPrivateKey(block?.bytes ?? Buffer.alloc(0));
  const seconds = Math.floor(now.getTime() / 1000);
  const claims = { iss: email, scope: SCOPE, aud: audience, iat: seconds, exp: seconds + 600 };
  const signed = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = await signWith(key, { hash: 'sha256', padding: 'pkcs1' }, utf8(signed));
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}

async function exchange(place: ProviderPlace, form: TokenForm, signal: AbortSignal | undefined): Promise<string> {
  const fields = await form.fields;
  const answer = await place.client.request({
    method: 'POST',
    url: form.url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: utf8(new URLSearchParams(fields).toString()),
    idempotent: true,
    secrets: [...form.secrets, ...Object.values(fields).filter((v) => v.length > 60)],
    who: WHO,
    ...(signal === undefined ? {} : { signal }),
  });
  return textIn(jsonObjectOf(answer, WHO), 'access_token', WHO);
}

function objectIn(text: string, what: string): JsonObject {
  let value: Json | undefined;
  try {
    value = parseJson(text, what);
  } catch {
    // The parser's message would repeat the text.
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new AssayError('input-invalid', `${what} holds no JSON object`);
  return value as JsonObject;
}
