import { utf8Decode } from '../../bytes/index.ts';
import { type JsonObject, parseJson } from '../../codec/json.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { printableText } from '../../oci/registry/http/message.ts';
import { withoutSecrets } from '../service-client/failure.ts';
import type { Ended } from './run.ts';
import { describedKeyProblem, envelopeProblem, signatureProblem } from './signing-answer.ts';
import { unavailable } from './unavailable.ts';

/** The contract that plugins are spoken to in (plugin-extensibility.md, "Plugin contract"). */
export const CONTRACT = '1.0';

/** What a plugin is asked. */
export type PluginCommand = 'get-plugin-metadata' | 'verify-signature' | 'describe-key' | 'generate-signature' | 'generate-envelope';

/** What each answer lacks to be one; `undefined` when nothing. */
const PROBLEMS: Readonly<Record<PluginCommand, (answer: JsonObject, plugin: string) => string | undefined>> = {
  'get-plugin-metadata': metadataProblem,
  'verify-signature': verificationProblem,
  'describe-key': describedKeyProblem,
  'generate-signature': signatureProblem,
  'generate-envelope': envelopeProblem,
};

/** Codes with which a plugin says that asking again may help. */
const PASSING: ReadonlySet<unknown> = new Set(['TIMEOUT', 'THROTTLED']);

/**
 * The JSON object that a plugin answers, in the shape that the command promises. Throws `plugin-unavailable`, naming the plugin; what the plugin says of
 * its failure is repeated without `secrets`.
 */
export function answerOf(plugin: string, command: PluginCommand, ended: Ended, secrets: readonly string[] = []): JsonObject {
  if (ended.kind === 'failed') throw unavailable(plugin, ended.why, { cause: ended.cause });
  if (ended.code !== 0) throw refusal(plugin, command, ended, (text) => withoutSecrets(text, secrets));
  const answer = objectIn(ended.stdout);
  if (answer instanceof AssayError)
    throw unavailable(plugin, `gives no answer to ${command} that can be read: ${answer.message}`, { cause: answer });
  const problem = PROBLEMS[command](answer, plugin);
  if (problem !== undefined) throw unavailable(plugin, `breaks the contract in its answer to ${command}: ${problem}`);
  return answer;
}

/** "Notation will attempt to parse the error response in `stderr` when exit code is 1, else treat it as a general error". */
function refusal(
  plugin: string,
  command: PluginCommand,
  { code, stderr }: Extract<Ended, { kind: 'exited' }>,
  shown: (text: string) => string,
): AssayError {
  const said = code === 1 ? objectIn(stderr) : new AssayError('json-invalid', 'not looked at');
  if (said instanceof AssayError || typeof said.errorCode !== 'string')
    return unavailable(plugin, `failed at ${command} with exit code ${code}${afterColon(shown(stderr.toString('utf8')))}`);
  const message = typeof said.errorMessage === 'string' ? `: ${shown(said.errorMessage)}` : '';
  return unavailable(plugin, `failed at ${command} with ${shown(said.errorCode)}${message}`, {
    retryable: PASSING.has(said.errorCode),
  });
}

function objectIn(bytes: Buffer): JsonObject | AssayError {
  try {
    const value = parseJson(utf8Decode(bytes, 'the answer'), 'the answer');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
    return new AssayError('json-invalid', 'the answer is no JSON object');
  } catch (cause) {
    return cause instanceof AssayError ? cause : new AssayError('json-invalid', messageOf(cause), { cause });
  }
}

/** plugin-extensibility.md, "Plugin metadata": all attributes are required. */
function metadataProblem(answer: JsonObject, plugin: string): string | undefined {
  for (const field of ['name', 'description', 'version', 'url'])
    if (typeof answer[field] !== 'string' || answer[field] === '') return `${field} is missing`;
  if (answer.name !== plugin) return `it calls itself "${printable(String(answer.name))}"`;
  for (const field of ['supportedContractVersions', 'capabilities'])
    if (!isTexts(answer[field]) || answer[field].length === 0) return `${field} is no list of texts`;
  const versions = answer.supportedContractVersions as readonly string[];
  return versions.includes(CONTRACT) ? undefined : `it speaks the contract ${printable(versions.join(', '))}, not ${CONTRACT}`;
}

/** plugin-extensibility.md, "verify-signature command", response. */
function verificationProblem({ verificationResults, processedAttributes }: JsonObject): string | undefined {
  if (!isTexts(processedAttributes)) return 'processedAttributes is no list of texts';
  if (typeof verificationResults !== 'object' || verificationResults === null || Array.isArray(verificationResults))
    return 'verificationResults is no object';
  for (const [check, result] of Object.entries(verificationResults as JsonObject)) {
    const name = printable(check);
    if (typeof result !== 'object' || result === null || Array.isArray(result)) return `the result of ${name} is no object`;
    const { success, reason } = result as JsonObject;
    if (typeof success !== 'boolean') return `the result of ${name} says neither yes nor no`;
    if (reason !== undefined && typeof reason !== 'string') return `the reason of ${name} is no text`;
  }
  return undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((v) => typeof v === 'string');
}

function afterColon(text: string): string {
  return text === '' ? '' : `: ${text}`;
}

function printable(text: string): string {
  return printableText(text, LIMITS.foreignMessageLength);
}
