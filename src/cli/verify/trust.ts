import { parsePem } from '../../codec/pem.ts';
import { importPublicKey } from '../../crypto/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import {
  ALWAYS,
  type Certificate,
  type CertificateAuthority,
  certificatesFromPem,
  noTrust,
  parseTrustedRoot,
  type TimestampAuthority,
  type TransparencyLog,
  type TrustMaterial,
} from '../../trust/index.ts';
import type { Authority, Demands } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { readInput } from './files.ts';

/**
 * The trust material that the flags and the environment ask for: a trusted root (given, or the public good instance's), or a user's own
 * certificate and timestamp authorities in its place. A root is fetched only when something of it can be needed.
 */
export async function trustOf(call: Call, authorities: readonly Authority[], demands: Demands): Promise<TrustMaterial> {
  const { options } = call;
  const maxAgeMs = maxAgeOf(call);
  const own = await ownAuthorities(call);
  const stamps = await ownTimestampAuthorities(call);
  const [logs, ctLogs] = [await ownKeys(call, 'SIGSTORE_REKOR_PUBLIC_KEY'), await ownKeys(call, 'SIGSTORE_CT_LOG_PUBLIC_KEY_FILE')];
  const byIdentity = authorities.some((a) => a.kind === 'identity');
  const needsLog = demands.unsafeSkipTransparencyLog !== true && logs === undefined;
  const needsCa = byIdentity && own === undefined;
  const needsSct = byIdentity && demands.unsafeSkipSct !== true && ctLogs === undefined;
  const needsStamps = (demands.timestampThreshold ?? 0) > 0 && stamps === undefined;
  const given = options.text('trusted-root');
  const base =
    given !== undefined
      ? await fileRoot(given, call)
      : needsLog || needsCa || needsSct || needsStamps
        ? await currentRoot(call, maxAgeMs)
        : noTrust();
  return {
    ...base,
    ...(own === undefined ? {} : { certificateAuthorities: own }),
    ...(stamps === undefined ? {} : { timestampAuthorities: stamps }),
    ...(logs === undefined ? {} : { logs }),
    ...(ctLogs === undefined ? {} : { ctLogs }),
  };
}

/** How the public good root is wanted. */
export interface RootWanted {
  /** As it is cached or embedded, without asking anybody. */
  readonly atHand?: boolean;
  /** Without warnings of its age: nothing will be judged by it. */
  readonly quiet?: boolean;
}

/** The trusted root of `--trusted-root`, else the public good instance's. */
export async function publicGood(call: Call, wanted: RootWanted = {}): Promise<TrustMaterial> {
  const given = call.options.has('trusted-root') ? call.options.text('trusted-root') : undefined;
  return given === undefined ? currentRoot(call, maxAgeOf(call), wanted) : fileRoot(given, call);
}

function maxAgeOf({ options }: Call): number | undefined {
  const age = options.has('max-trust-age') ? options.text('max-trust-age') : undefined;
  return age === undefined ? undefined : parseDuration(age, '--max-trust-age');
}

async function fileRoot(file: string, { io }: Call): Promise<TrustMaterial> {
  return parseTrustedRoot((await readInput(file, 'trusted root', io)).toString('utf8'));
}

async function currentRoot(
  { io, options, out, signal }: Call,
  maxAgeMs: number | undefined,
  { atHand = false, quiet = false }: RootWanted = {},
): Promise<TrustMaterial> {
  const { publicGoodRoot } = await import('../../trust/tuf/index.ts');
  const source = await publicGoodRoot({
    env: io.env,
    home: io.home,
    offline: atHand || (options.has('offline') && options.flag('offline')),
    now: io.now().getTime(),
    signal,
    ...(maxAgeMs === undefined ? {} : { maxTrustAgeMs: maxAgeMs }),
  });
  if (!quiet) for (const w of source.warnings) out.warn(w.code, w.message);
  return parseTrustedRoot(source.json);
}

/** `--ca-roots` with `--ca-intermediates`, or `--certificate-chain`: trusted at any time, and open for intermediates that come with the evidence. */
async function ownAuthorities({ options, io }: Call): Promise<readonly CertificateAuthority[] | undefined> {
  const chain = options.text('certificate-chain');
  const roots = options.text('ca-roots') ?? (chain === undefined ? variable('SIGSTORE_ROOT_FILE', options, io) : undefined);
  const between = options.text('ca-intermediates');
  if (roots !== undefined && chain !== undefined)
    throw new AssayError('usage-invalid', '--ca-roots and --certificate-chain cannot be used together');
  if (between !== undefined && roots === undefined) throw new AssayError('usage-invalid', '--ca-intermediates needs --ca-roots');
  if (roots !== undefined) {
    const intermediates = between === undefined ? [] : await certificates(between, '--ca-intermediates', io);
    return (await certificates(roots, '--ca-roots', io)).map((root) => ownAuthority([...intermediates, root], roots));
  }
  return chain === undefined ? undefined : [ownAuthority(await certificates(chain, '--certificate-chain', io), chain)];
}

function ownAuthority(chain: readonly Certificate[], uri: string): CertificateAuthority {
  return { uri, chain, validFor: ALWAYS, openIntermediates: true };
}

async function ownTimestampAuthorities({ options, io }: Call): Promise<readonly TimestampAuthority[] | undefined> {
  const file = options.text('timestamp-certificate-chain') ?? variable('SIGSTORE_TSA_CERTIFICATE_FILE', options, io);
  if (file === undefined) return undefined;
  return [{ uri: file, chain: await certificates(file, '--timestamp-certificate-chain', io), validFor: ALWAYS }];
}

/** The keys of logs in a variable of cosign's, in place of the root's: PEM, trusted at any time. */
async function ownKeys({ options, io }: Call, name: string): Promise<readonly TransparencyLog[] | undefined> {
  const file = variable(name, options, io);
  if (file === undefined) return undefined;
  const text = (await readInput(file, name, io)).toString('utf8');
  try {
    return parsePem(text, file).map(({ bytes }) => {
      const key = importPublicKey(bytes);
      const logId = Buffer.from(key.keyId.slice('sha256:'.length), 'hex');
      return { baseUrl: file, host: file, key, logId, checkpointKeyId: undefined, validFor: ALWAYS };
    });
  } catch (cause) {
    throw new AssayError('trust-invalid', `${name} ${file}: ${messageOf(cause)}`, { cause });
  }
}

// What the command line says comes before what the environment happens to hold.
function variable(name: string, options: Call['options'], io: Call['io']): string | undefined {
  return options.given('trusted-root') ? undefined : io.env[name] || undefined;
}

async function certificates(file: string, flag: string, io: Call['io']): Promise<readonly Certificate[]> {
  const text = (await readInput(file, flag, io)).toString('utf8');
  try {
    return certificatesFromPem(text, file);
  } catch (cause) {
    throw new AssayError('trust-invalid', `${flag} ${file}: ${messageOf(cause)}`, { cause });
  }
}
