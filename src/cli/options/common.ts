import { type Command, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import { parseDuration } from '../duration.ts';

/** The heading of the options that every command has. */
export const COMMON = 'Common options:';

/** What every command offers unless it says otherwise. */
export const FORMATS: readonly string[] = ['text', 'json', 'yaml'];

/** Options of every command: output, time, verbosity. */
export function addCommonOptions(command: Command, formats: readonly string[] = FORMATS, timeoutMs?: number): void {
  command.addOption(
    new Option('-o, --output <format>', 'form of the result')
      .choices([...formats])
      .default(formats[0] ?? 'text')
      .helpGroup(COMMON),
  );
  command.addOption(new Option('--output-file <file>', 'write the result to a file instead of stdout').helpGroup(COMMON));
  command.addOption(
    new Option('-t, --timeout <duration>', 'give up after this time (500ms, 30s, 3m; 0 never)')
      .argParser((v) => parseDuration(v, '--timeout'))
      .default(undefined, timeoutMs === 0 ? 'never' : '3m')
      .helpGroup(COMMON),
  );
  command.addOption(new Option('-d, --verbose', 'whole digests and every detail').helpGroup(COMMON));
  command.addOption(new Option('--debug', 'print stack traces of errors').helpGroup(COMMON));
  command.helpOption('-h, --help', 'print this help');
  command.addHelpOption(new Option('-h, --help', 'print this help').helpGroup(COMMON));
}

/** Collects the values of a flag that repeats; for `argParser`. */
export function collect(value: string, previous: unknown): readonly string[] {
  return Array.isArray(previous) ? [...(previous as readonly string[]), value] : [value];
}

/** Collects the values of a flag that repeats or lists values with commas, as cosign's string slices do; for `argParser`. */
export function collectCommas(value: string, previous: unknown): readonly string[] {
  const values = value.split(',').filter((v) => v !== '');
  return Array.isArray(previous) ? [...(previous as readonly string[]), ...values] : values;
}

/**
 * Collects the values of a flag that repeats or lists values with commas; a value with a comma stands in double quotes, and a quote in it is doubled (CSV, as cosign's string slices read it); for
 * `argParser`. Throws `usage-invalid`.
 */
export function collectCsv(value: string, previous: unknown): readonly string[] {
  const fields = [...value.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/g)];
  if (fields.map((f) => f[0]).join('') !== value)
    throw new AssayError('usage-invalid', `"${value.slice(0, 100)}" has quotes that do not fit`, {
      hint: 'a value with a comma: "key=a,b"',
    });
  const values = fields.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
  return Array.isArray(previous) ? [...(previous as readonly string[]), ...values] : values;
}

/** What is read wherever something is asked over the network, for help texts. */
export const NETWORK_VARIABLES = 'HTTPS_PROXY, HTTP_PROXY, NO_PROXY, SSL_CERT_FILE, NO_COLOR';

/** Environment of commands that ask services without a key of the user's, for help texts. */
export const SERVICE_ENVIRONMENT = `
Environment:
  COSIGN_<FLAG>   a flag that is not given, as COSIGN_REKOR_URL
  ${NETWORK_VARIABLES}
`;
