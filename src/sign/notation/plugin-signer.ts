import { type Bytes, decodeBase64, encodeBase64 } from '../../bytes/index.ts';
import type { Json, JsonObject } from '../../codec/json.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { NOTATION_PAYLOAD } from '../../oci/media-types.ts';
import { printableText } from '../../oci/registry/http/message.ts';
import type { NotaryAlgorithm } from '../../signature/index.ts';
import { algorithmOfKeySpec, PLUGIN_WORDS } from './algorithm.ts';
import { mediaTypeOf } from './manifest.ts';
import type { EnvelopeNotationSigner, NotationSigner, RawNotationSigner } from './signer.ts';

/** The questions that signing asks a plugin (plugin-extensibility.md, contract 1.0). */
export type SigningCommand = 'get-plugin-metadata' | 'describe-key' | 'generate-signature' | 'generate-envelope';

/** Asks a plugin; the answer is an object of the shape that the command promises, and no more is known of it. */
export type PluginCall = (plugin: string, command: SigningCommand, request: unknown, signal?: AbortSignal) => Promise<JsonObject>;

/** A key behind a plugin. */
export interface PluginKey {
  readonly plugin: string;
  /** The key in the plugin's own words. */
  readonly id: string;
}

/**
 * Opens a key behind a plugin: asks what the plugin can do and what kind of key it is. A generator of raw signatures is preferred, as notation has it.
 * Throws what `call` throws, `plugin-unavailable` for a plugin that does not sign, `service-lied` when it describes another key, and
 * `algorithm-unsupported`.
 */
export async function openPluginSigner(key: PluginKey, call: PluginCall, signal?: AbortSignal): Promise<NotationSigner> {
  const { plugin, id } = key;
  const metadata = await call(plugin, 'get-plugin-metadata', {}, signal);
  const can = (capability: string): boolean => (metadata.capabilities as readonly string[]).includes(`SIGNATURE_GENERATOR.${capability}`);
  if (!can('RAW') && !can('ENVELOPE'))
    throw new AssayError('plugin-unavailable', `the plugin "${plugin}" does not sign: it is no SIGNATURE_GENERATOR`, { retryable: false });
  const described = await call(plugin, 'describe-key', { keyId: id }, signal);
  sameKey(key, described, 'describe-key');
  const algorithm = algorithmOfKeySpec(described.keySpec);
  if (algorithm === undefined)
    throw new AssayError(
      'algorithm-unsupported',
      `the plugin "${plugin}" has a key of the kind "${shown(described.keySpec)}", which may not make Notary Project signatures`,
      { hint: 'RSA-2048, RSA-3072, RSA-4096, EC-256, EC-384 or EC-521' },
    );
  const facts = { name: `the plugin "${plugin}"`, algorithm };
  if (!can('RAW')) return { ...facts, kind: 'envelope', make: envelopeBy(key, call) };
  const version = `${plugin}/${shown(metadata.version)}`;
  return { ...facts, kind: 'raw', agent: version, chain: undefined, sign: rawBy(key, algorithm, call) };
}

function rawBy(key: PluginKey, algorithm: NotaryAlgorithm, call: PluginCall): RawNotationSigner['sign'] {
  const { keySpec, hashAlgorithm, signingAlgorithm } = PLUGIN_WORDS[algorithm];
  return async (bytes, signal) => {
    const request = { keyId: key.id, keySpec, hashAlgorithm, payload: encodeBase64(bytes) };
    const answer = await call(key.plugin, 'generate-signature', request, signal);
    sameKey(key, answer, 'generate-signature');
    if (answer.signingAlgorithm !== signingAlgorithm)
      throw lied(key, `it signed by "${shown(answer.signingAlgorithm)}", where a key ${keySpec} signs by ${signingAlgorithm}`);
    const chain = answer.certificateChain as readonly Json[];
    if (chain.length === 0 || chain.length > LIMITS.chainCertificates)
      throw lied(key, `its chain has ${chain.length} certificates (1 to ${LIMITS.chainCertificates})`);
    return { signature: base64(key, answer.signature, 'signature'), chain: chain.map((c) => base64(key, c, 'certificate')) };
  };
}

function envelopeBy(key: PluginKey, call: PluginCall): EnvelopeNotationSigner['make'] {
  return async ({ form, payload, expirySeconds }, signal) => {
    const type = mediaTypeOf(form);
    const request = {
      keyId: key.id,
      payloadType: NOTATION_PAYLOAD,
      signatureEnvelopeType: type,
      payload: encodeBase64(payload),
      ...(expirySeconds === undefined ? {} : { expiryDurationInSeconds: expirySeconds }),
    };
    const answer = await call(key.plugin, 'generate-envelope', request, signal);
    if (answer.signatureEnvelopeType !== type)
      throw lied(key, `its envelope is of the type "${shown(answer.signatureEnvelopeType)}", not ${type}`);
    const annotations = new Map(Object.entries((answer.annotations ?? {}) as Record<string, string>));
    if (annotations.size > LIMITS.pluginAnnotations)
      throw lied(key, `it wants ${annotations.size} annotations in the manifest (at most ${LIMITS.pluginAnnotations})`);
    return { envelope: base64(key, answer.signatureEnvelope, 'envelope'), annotations };
  };
}

function sameKey(key: PluginKey, { keyId }: JsonObject, command: SigningCommand): void {
  if (keyId !== key.id) throw lied(key, `it answered ${command} about the key "${shown(keyId)}", not "${shown(key.id)}"`);
}

function base64(key: PluginKey, value: Json | undefined, what: string): Bytes {
  try {
    return decodeBase64(value as string, what);
  } catch (cause) {
    throw lied(key, `its ${what} cannot be read: ${messageOf(cause)}`, cause);
  }
}

function lied({ plugin }: PluginKey, why: string, cause?: unknown): AssayError {
  return new AssayError('service-lied', `the plugin "${plugin}" cannot be believed: ${why}`, cause === undefined ? {} : { cause });
}

function shown(value: Json | undefined): string {
  return printableText(typeof value === 'string' ? value : JSON.stringify(value ?? null), 100);
}
