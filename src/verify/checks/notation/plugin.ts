import { isAssayError, messageOf } from '../../../errors.ts';
import { inForce } from '../../../rules.ts';
import type { NotaryEnvelope } from '../../../signature/index.ts';
import type { Certificate } from '../../../trust/index.ts';
import { fail, pass, unknown } from '../../check.ts';
import type { Check } from '../../report.ts';
import type { EvidenceRequest, NotationAuthority } from '../../request.ts';
import { under } from './level.ts';
import { type Capability, CONTRACT, type PluginResponse, parseMetadata, parseResponse, verifyRequest } from './plugin-contract.ts';
import { compareSemver, parseSemver } from './semver.ts';

/** What a verification plugin said in place of our own checks. */
export interface PluginFindings {
  readonly checks: readonly Check[];
  /** In place of the check of trusted identities. */
  readonly identity?: Check;
  /** In place of the check of revocation. */
  readonly revocation?: Check;
}

type Plugin = NonNullable<NotaryEnvelope['plugin']>;

/**
 * "Verification workflow using plugin" (plugin-extensibility.md): a plugin that the signer demands takes over the checks that it is capable of,
 * and has to process every critical attribute that Assay does not know. Without a plugin there must be no such attribute.
 */
export async function askPlugin(
  envelope: NotaryEnvelope,
  chain: readonly Certificate[],
  authority: NotationAuthority,
  request: EvidenceRequest,
): Promise<PluginFindings> {
  const { plugin } = envelope;
  const critical = [...envelope.extended].filter(([, { critical: c }]) => c).map(([name]) => name);
  if (plugin === undefined) return { checks: unprocessed(critical) };
  if (!inForce('notation-plugin')) return { checks: [] };
  const host = request.facts?.plugins;
  if (host === undefined)
    return {
      checks: [
        unknown('plugin', `the signer demands the verification plugin "${plugin.name.slice(0, 100)}", and no plugins can be run here`),
      ],
    };
  const wrong = [...envelope.extended].find(([, { critical: c, value }]) => c && typeof value === 'object' && value !== null);
  if (wrong !== undefined)
    return {
      checks: [fail('attributes', 'invalid', `the critical attribute "${wrong[0].slice(0, 100)}" is no text, number or truth value`)],
    };
  try {
    const metadata = parseMetadata(await host.call(plugin.name, 'get-plugin-metadata', { pluginConfig: {} }, request.signal));
    const unfit = unfitness(plugin, metadata);
    if (unfit !== undefined) return { checks: [unfit] };
    const wanted = metadata.capabilities.filter(
      (c) => c !== 'SIGNATURE_VERIFIER.REVOCATION_CHECK' || authority.level.revocation !== 'skip',
    );
    const asked = verifyRequest({ envelope, plugin, critical, chain, authority, wanted });
    const response = parseResponse(await host.call(plugin.name, 'verify-signature', asked, request.signal), wanted);
    return findings(plugin, response, critical, authority);
  } catch (error) {
    const reason = isAssayError(error, 'plugin-unavailable')
      ? error.message
      : `the verification plugin "${plugin.name.slice(0, 100)}" gave no answer: ${messageOf(error)}`;
    return { checks: [unknown('plugin', reason)] };
  }
}

function unfitness({ name, minVersion }: Plugin, metadata: ReturnType<typeof parseMetadata>): Check | undefined {
  if (metadata.name !== name) return unknown('plugin', `the plugin "${name}" calls itself "${metadata.name.slice(0, 100)}"`);
  if (!metadata.contracts.some((c) => c.split('.')[0] === CONTRACT.split('.')[0]))
    return unknown('plugin', `the plugin "${name}" does not speak the contract ${CONTRACT}`);
  if (!metadata.verifies) return unknown('plugin', `the plugin "${name}" is not one that verifies signatures`);
  if (minVersion === undefined) return undefined;
  const least = parseSemver(minVersion);
  if (least === undefined)
    return fail('plugin', 'invalid', `the least version "${minVersion.slice(0, 100)}" of the plugin is not a version`);
  const version = parseSemver(metadata.version);
  if (version !== undefined && compareSemver(version, least) >= 0) return undefined;
  return unknown(
    'plugin',
    `the signer demands the plugin "${name}" of version ${minVersion} or later, ${metadata.version.slice(0, 100)} is installed`,
  );
}

function findings(plugin: Plugin, response: PluginResponse, critical: readonly string[], authority: NotationAuthority): PluginFindings {
  const said = (capability: Capability): Check | undefined => {
    const result = response.results.get(capability);
    if (result === undefined) return undefined;
    const identity = capability === 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY';
    const id = identity ? 'identity' : 'revocation';
    const reason = `${result.reason || (result.success ? 'so' : 'no')} (says the plugin "${plugin.name}")`;
    const check = result.success ? pass(id, reason) : fail(id, identity ? 'untrusted' : 'revoked', reason);
    return under(identity ? authority.level.authenticity : authority.level.revocation, [check])[0];
  };
  const [identity, revocation] = [said('SIGNATURE_VERIFIER.TRUSTED_IDENTITY'), said('SIGNATURE_VERIFIER.REVOCATION_CHECK')];
  return {
    checks: [
      pass('plugin', `the verification plugin "${plugin.name}" answered`),
      ...unprocessed(critical.filter((name) => !response.processed.has(name))),
    ],
    ...(identity === undefined ? {} : { identity }),
    ...(revocation === undefined ? {} : { revocation }),
  };
}

function unprocessed(critical: readonly string[]): readonly Check[] {
  if (critical.length === 0 || !inForce('notation-attributes')) return [];
  const names = critical.map((name) => `"${name.slice(0, 100)}"`).join(', ');
  return [fail('attributes', 'invalid', `the envelope has critical attributes that nobody understands: ${names.slice(0, 500)}`)];
}
