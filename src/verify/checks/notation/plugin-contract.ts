import { encodeBase64 } from '../../../bytes/index.ts';
import { AssayError } from '../../../errors.ts';
import type { NotaryEnvelope } from '../../../signature/index.ts';
import type { Certificate } from '../../../trust/index.ts';
import type { NotationAuthority } from '../../request.ts';
import { ruleText } from './authenticity.ts';

/** The version of the plugin contract that is spoken (plugin-extensibility.md, "Plugin contract"). */
export const CONTRACT = '1.0';

const CAPABILITIES = ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY', 'SIGNATURE_VERIFIER.REVOCATION_CHECK'] as const;

/** A check that a plugin can take over. */
export type Capability = (typeof CAPABILITIES)[number];

/** What a plugin says of itself. */
export interface PluginMetadata {
  readonly name: string;
  readonly version: string;
  readonly contracts: readonly string[];
  /** Whether it verifies at all. */
  readonly verifies: boolean;
  readonly capabilities: readonly Capability[];
}

/** The metadata that an answer is. Throws `input-invalid`. */
export function parseMetadata(answer: unknown): PluginMetadata {
  const { name, version, supportedContractVersions, capabilities } = objectOf(answer, 'metadata');
  if (typeof name !== 'string' || typeof version !== 'string') throw wrong('metadata without name or version');
  const all = textsOf(capabilities, 'capabilities');
  return {
    name,
    version,
    contracts: textsOf(supportedContractVersions, 'supportedContractVersions'),
    verifies: all.some((c) => c.startsWith('SIGNATURE_VERIFIER.')),
    capabilities: CAPABILITIES.filter((c) => all.includes(c)),
  };
}

/** What a request is made of. */
interface Asked {
  readonly envelope: NotaryEnvelope;
  readonly plugin: NonNullable<NotaryEnvelope['plugin']>;
  /** Names of the critical attributes that the plugin has to process. */
  readonly critical: readonly string[];
  readonly chain: readonly Certificate[];
  readonly authority: NotationAuthority;
  readonly wanted: readonly Capability[];
}

/** The request `verify-signature`. */
export function verifyRequest({ envelope, plugin, critical, chain, authority, wanted }: Asked): object {
  const { identities, foreignIdentities } = authority;
  return {
    contractVersion: CONTRACT,
    signature: {
      criticalAttributes: {
        contentType: envelope.contentType,
        signingScheme: envelope.scheme,
        ...(envelope.expiry === undefined ? {} : { expiry: rfc3339(envelope.expiry) }),
        ...(envelope.authenticSigningTime === undefined ? {} : { authenticSigningTime: rfc3339(envelope.authenticSigningTime) }),
        verificationPlugin: plugin.name,
        ...(plugin.minVersion === undefined ? {} : { verificationPluginMinVersion: plugin.minVersion }),
        extendedAttributes: Object.fromEntries(critical.map((name) => [name, primitive(envelope.extended.get(name)?.value)])),
      },
      unprocessedAttributes: critical,
      certificateChain: chain.map((c) => encodeBase64(c.der)),
    },
    trustPolicy: {
      trustedIdentities: [...(identities === 'any' ? ['*'] : identities.map(ruleText)), ...foreignIdentities],
      signatureVerification: wanted,
    },
    pluginConfig: {},
  };
}

/** What a plugin answered. */
export interface PluginResponse {
  readonly results: ReadonlyMap<Capability, { readonly success: boolean; readonly reason: string }>;
  readonly processed: ReadonlySet<string>;
}

/** The response to `verify-signature`, whose results have to be those of the wanted checks. Throws `input-invalid`. */
export function parseResponse(answer: unknown, wanted: readonly Capability[]): PluginResponse {
  const { verificationResults, processedAttributes } = objectOf(answer, 'answer');
  const given =
    verificationResults === undefined || verificationResults === null ? {} : objectOf(verificationResults, 'verificationResults');
  const other = Object.keys(given).find((name) => !wanted.some((w) => w === name));
  if (other !== undefined) throw wrong(`a result for "${other.slice(0, 100)}", which was not asked`);
  const results = wanted.map((capability) => {
    const { success, reason } = objectOf(Object.hasOwn(given, capability) ? given[capability] : undefined, capability);
    if (typeof success !== 'boolean') throw wrong(`${capability} without success`);
    return [capability, { success, reason: typeof reason === 'string' ? reason.slice(0, 500) : '' }] as const;
  });
  return { results: new Map(results), processed: new Set(textsOf(processedAttributes ?? [], 'processedAttributes')) };
}

function rfc3339(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

// JSON has no number for it.
function primitive(value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : (value ?? null);
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${what} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

function textsOf(value: unknown, what: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((v) => typeof v === 'string')) throw wrong(`${what} is not a list of texts`);
  return value as readonly string[];
}

function wrong(why: string): AssayError {
  return new AssayError('input-invalid', `the plugin's answer is not as the contract ${CONTRACT} has it: ${why}`);
}
