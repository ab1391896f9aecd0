import { utf8Decode } from '../../bytes/index.ts';
import { type JsonObject, parseJson } from '../../codec/json.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { printableText } from '../../oci/registry/http/message.ts';
import type { NotaryAlgorithm, NotaryEnvelope } from '../../signature/index.ts';
import type { NotaryTarget } from '../../signature/notation/encode.ts';
import { parseTarget } from '../../verify/checks/notation/target.ts';
import type { NotationWarning } from './self-verify.ts';

/** What a plugin was asked to make an envelope of. */
export interface EnvelopeAsked {
  /** Of the plugin and key, for messages. */
  readonly name: string;
  readonly algorithm: NotaryAlgorithm;
  readonly target: NotaryTarget;
  readonly scheme: NotaryEnvelope['scheme'] | undefined;
  readonly expirySeconds: number | undefined;
  readonly now: Date;
}

const KNOWN = ['mediaType', 'digest', 'size', 'annotations'];

/**
 * Whether an envelope says what was asked, before its signature is looked at (plugin-extensibility.md, "Signing workflow using plugin"): the target and
 * every pair of metadata unchanged, nothing unknown beside them, the key's algorithm, the scheme, an expiry no later than asked, a time that is about now.
 * Annotations that the plugin appended, which it may, come back as warnings. Throws `service-lied`.
 */
export function checkPluginEnvelope(envelope: NotaryEnvelope, asked: EnvelopeAsked): readonly NotationWarning[] {
  const lied = (why: string, cause?: unknown): AssayError =>
    new AssayError(
      'service-lied',
      `${asked.name} made another signature than it was asked for: ${why}`,
      cause === undefined ? {} : { cause },
    );
  if (envelope.algorithm !== asked.algorithm) throw lied(`by ${envelope.algorithm}, where its key signs by ${asked.algorithm}`);
  if (asked.scheme !== undefined && envelope.scheme !== asked.scheme) throw lied(`in the scheme ${envelope.scheme}, not ${asked.scheme}`);
  const added = addedTo(envelope, asked, lied);
  const time = (envelope.signingTime ?? envelope.authenticSigningTime)?.getTime() ?? Number.NaN;
  if (!(Math.abs(time - asked.now.getTime()) <= LIMITS.pluginSkewMs))
    throw lied(`it says that it was made at ${shownTime(time)}, which is not now (${shownTime(asked.now.getTime())})`);
  if (asked.expirySeconds !== undefined) {
    const latest = time + asked.expirySeconds * 1000 + LIMITS.pluginSkewMs;
    if (envelope.expiry === undefined) throw lied('it does not expire');
    if (envelope.expiry.getTime() > latest) throw lied(`it expires at ${shownTime(envelope.expiry.getTime())}, later than was asked`);
  }
  if (added.length === 0) return [];
  const names = printableText(added.join(', '), LIMITS.foreignMessageLength);
  return [{ code: 'plugin-added-metadata', message: `${asked.name} added metadata of its own to what is signed: ${names}` }];
}

function addedTo(
  { payload }: NotaryEnvelope,
  { target }: EnvelopeAsked,
  lied: (why: string, cause?: unknown) => AssayError,
): readonly string[] {
  let signed: ReturnType<typeof parseTarget>;
  let members: readonly string[];
  try {
    signed = parseTarget(payload);
    const whole = parseJson(utf8Decode(payload, 'payload'), 'payload') as JsonObject;
    members = [
      ...Object.keys(whole).filter((n) => n !== 'targetArtifact'),
      ...Object.keys(whole.targetArtifact as JsonObject).filter((n) => !KNOWN.includes(n)),
    ];
  } catch (cause) {
    throw lied(messageOf(cause), cause);
  }
  const [unknown] = members;
  if (unknown !== undefined) throw lied(`its payload has the member "${printableText(unknown, 100)}"`);
  const digest = `${signed.algorithm}:${signed.hex}`;
  if (digest !== target.digest) throw lied(`it is about ${digest}, not ${target.digest}`);
  if (signed.size !== target.size) throw lied(`it is about ${signed.size} bytes, not ${target.size}`);
  if (signed.mediaType !== target.mediaType) throw lied(`it is about the media type "${printableText(signed.mediaType, 200)}"`);
  for (const [name, value] of target.metadata)
    if (signed.annotations.get(name) !== value) throw lied(`the metadata "${name.slice(0, 100)}" is not what was given`);
  return [...signed.annotations.keys()].filter((name) => !target.metadata.has(name));
}

function shownTime(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString().replace('.000Z', 'Z') : 'no time';
}
