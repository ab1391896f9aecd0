import { AssayError } from '../../errors.ts';
import { protobufTime } from '../../trust/create/spec.ts';
import { type ConfiguredService, MEDIA_TYPE, NO_SERVICES, type ServiceSelector, type SigningConfig, serviceUrl } from './service.ts';

/** The kinds of services, by the names of cosign's flags. */
export type SigningServiceKind = 'fulcio' | 'rekor' | 'oidc-provider' | 'tsa';

/** What a configuration is made of. */
export interface SigningConfigRequest {
  /** `key=value,…` as cosign's flags have it. */
  readonly services: readonly { readonly kind: SigningServiceKind; readonly spec: string }[];
  /** `ANY`, `ALL` or `EXACT:n`. */
  readonly rekorConfig?: string;
  readonly tsaConfig?: string;
  /** What it begins with. `replace`: a kind that `services` has takes the place of the base's, instead of being added. */
  readonly base?: { readonly config: SigningConfig; readonly without: readonly SigningServiceKind[]; readonly replace: boolean };
}

/** A configuration as `cosign signing-config create` makes it. Throws `usage-invalid`, `signing-config-invalid`. */
export function createSigningConfig({ services, rekorConfig, tsaConfig, base }: SigningConfigRequest): SigningConfig {
  const made = (kind: SigningServiceKind): ConfiguredService[] =>
    services.filter((s) => s.kind === kind).map((s) => parseServiceSpec(kind, s.spec));
  if (made('rekor').length > 0 && rekorConfig === undefined) throw needsConfig('rekor');
  if (made('tsa').length > 0 && tsaConfig === undefined) throw needsConfig('tsa');
  const kept = (kind: SigningServiceKind): boolean =>
    base !== undefined && !base.without.includes(kind) && !(base.replace && made(kind).length > 0);
  const config = base?.config ?? NO_SERVICES;
  const all = (kind: SigningServiceKind, old: readonly ConfiguredService[]) => [...(kept(kind) ? old : []), ...made(kind)];
  const selector = (kind: 'rekor' | 'tsa', given: string | undefined, old: ServiceSelector): ServiceSelector =>
    given !== undefined ? parseSelector(`--${kind}-config`, given) : kept(kind) ? old : { selector: undefined, count: 0 };
  return {
    caUrls: all('fulcio', config.caUrls),
    oidcUrls: all('oidc-provider', config.oidcUrls),
    rekorTlogUrls: all('rekor', config.rekorTlogUrls),
    rekorTlogConfig: selector('rekor', rekorConfig, config.rekorTlogConfig),
    tsaUrls: all('tsa', config.tsaUrls),
    tsaConfig: selector('tsa', tsaConfig, config.tsaConfig),
  };
}

/** A configuration as protobuf's JSON has it, members in the order of the schema. */
export function signingConfigJson(config: SigningConfig): object {
  const list = (name: string, services: readonly ConfiguredService[]): object =>
    services.length === 0 ? {} : { [name]: services.map(serviceJson) };
  return {
    mediaType: MEDIA_TYPE,
    ...list('caUrls', config.caUrls),
    ...list('oidcUrls', config.oidcUrls),
    ...list('rekorTlogUrls', config.rekorTlogUrls),
    rekorTlogConfig: selectorJson(config.rekorTlogConfig),
    ...list('tsaUrls', config.tsaUrls),
    tsaConfig: selectorJson(config.tsaConfig),
  };
}

function serviceJson({ url, majorApiVersion, validFor: { start, end }, operator }: ConfiguredService): object {
  return {
    url,
    ...(majorApiVersion === 0 ? {} : { majorApiVersion }),
    validFor: { ...(start === undefined ? {} : { start: timeJson(start) }), ...(end === undefined ? {} : { end: timeJson(end) }) },
    ...(operator === '' ? {} : { operator }),
  };
}

function selectorJson({ selector, count }: ServiceSelector): object {
  return { ...(selector === undefined ? {} : { selector }), ...(count === 0 ? {} : { count }) };
}

function timeJson(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

const REQUIRED = ['url', 'api-version', 'start-time', 'operator'] as const;
const KEYS: readonly string[] = [...REQUIRED, 'end-time'];

/** One service as cosign's flags have it: `url=…,api-version=…,start-time=…,operator=…[,end-time=…]`. Throws `usage-invalid`. */
export function parseServiceSpec(kind: SigningServiceKind, text: string): ConfiguredService {
  const wrong = (why: string): AssayError =>
    new AssayError('usage-invalid', `--${kind} "${text.slice(0, 200)}": ${why}`, { hint: `keys: ${KEYS.join(', ')}` });
  const spec = new Map<string, string>();
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    const [key, value] = [pair.slice(0, Math.max(0, equals)).trim(), pair.slice(equals + 1).trim()];
    if (equals < 0) throw wrong(`"${pair.slice(0, 60)}" is not key=value`);
    if (!KEYS.includes(key)) throw wrong(`the key "${key.slice(0, 60)}" is not known`);
    if (spec.has(key)) throw wrong(`the key "${key}" stands there twice`);
    spec.set(key, value);
  }
  for (const key of REQUIRED) if ((spec.get(key) ?? '') === '') throw wrong(`the key "${key}" is missing`);
  const version = spec.get('api-version') ?? '';
  if (!/^\d{1,9}$/.test(version)) throw wrong(`the API version "${version.slice(0, 20)}" is not a number`);
  const time = (key: string): number | undefined => {
    const value = spec.get(key) ?? '';
    return value === '' ? undefined : Date.parse(protobufTime(value, `--${kind}: ${key}`));
  };
  const [start, end] = [time('start-time'), time('end-time')];
  if (start !== undefined && end !== undefined && end < start) throw wrong('it ends before it begins');
  return {
    url: urlOf(spec.get('url') ?? '', wrong),
    majorApiVersion: Number(version),
    validFor: { start, end },
    operator: spec.get('operator') ?? '',
  };
}

function urlOf(text: string, wrong: (why: string) => AssayError): string {
  try {
    return serviceUrl(text, 'url');
  } catch {
    throw wrong('its url is no http or https address');
  }
}

/** `ANY`, `ALL` or `EXACT:n`, in any case, as cosign reads it. Throws `usage-invalid`, naming the flag. */
export function parseSelector(flag: string, text: string): ServiceSelector {
  const m = /^(?:(any|all)|exact:([1-9]\d{0,8}))$/i.exec(text);
  if (m === null) throw new AssayError('usage-invalid', `${flag} is ANY, ALL or EXACT:n, not "${text.slice(0, 40)}"`);
  const selector = m[1]?.toUpperCase();
  return selector === 'ANY' || selector === 'ALL' ? { selector, count: 0 } : { selector: 'EXACT', count: Number(m[2]) };
}

function needsConfig(kind: 'rekor' | 'tsa'): AssayError {
  return new AssayError('usage-invalid', `--${kind} needs --${kind}-config: how many of them are to be used`, {
    hint: `--${kind}-config ANY, ALL or EXACT:n`,
  });
}
