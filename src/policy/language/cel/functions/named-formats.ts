/** Named formats of Kubernetes (apiserver/pkg/cel/library/format.go; apimachinery, util/validation): `format.dns1123Label().validate(text)`. */
import type { CelFunc, CelValue } from '../library.ts';
import { celList, func, method, opaque, STRING } from '../library.ts';
import { fail } from '../values.ts';
import { ofOptional } from './optional.ts';

interface Format {
  readonly name: string;
  /** What is wrong with a text; empty when nothing is. */
  readonly check: (text: string) => readonly string[];
}

const FORMAT = opaque<Format>('kubernetes.NamedFormat', (a, b) => a.name === b.name);

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';

function pattern(name: string, source: string, most: number, words: string): Format {
  const whole = new RegExp(`^(?:${source})$`);
  return {
    name,
    check: (text) => [
      ...(text.length > most ? [`must be no more than ${most} bytes`] : []),
      ...(whole.test(text.slice(0, most + 1)) ? [] : [words]),
    ],
  };
}

// A generated name gets letters behind it: a dash at its end is none.
function prefix(name: string, of: Format): Format {
  return { name, check: (text) => of.check(text.endsWith('-') ? `${text.slice(0, -1)}a` : text) };
}

const DNS_LABEL = pattern(
  'dns1123Label',
  LABEL,
  63,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
);
const DNS_SUBDOMAIN = pattern(
  'dns1123Subdomain',
  `${LABEL}(?:\\.${LABEL})*`,
  253,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
);
const DNS_1035 = pattern(
  'dns1035Label',
  '[a-z](?:[-a-z0-9]*[a-z0-9])?',
  63,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
);
const NAME = pattern(
  'qualifiedName',
  '[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?',
  63,
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
);
const LABEL_VALUE = pattern(
  'labelValue',
  '(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?',
  63,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
);

const QUALIFIED: Format = {
  name: 'qualifiedName',
  check(text) {
    const parts = text.split('/');
    if (parts.length > 2) return ['a qualified name must have an optional DNS subdomain prefix and a name, separated by one "/"'];
    const before = parts.length === 2 ? DNS_SUBDOMAIN.check(parts[0] ?? '').map((problem) => `prefix part ${problem}`) : [];
    return [...before, ...NAME.check(parts.at(-1) ?? '')];
  },
};

function date(text: string): boolean {
  const match = /^([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/.exec(text);
  // Day 0 of a month is the last of the one before. The calendar repeats every 400 years; Date takes small years for others.
  return match !== null && Number(match[3]) <= new Date(Date.UTC(2000 + (Number(match[1]) % 400), Number(match[2]), 0)).getUTCDate();
}

function moment(text: string): boolean {
  const match =
    /^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/.exec(
      text,
    );
  return match !== null && date(match[1] ?? '');
}

function test(name: string, words: string, ok: (text: string) => boolean): Format {
  return { name, check: (text) => (ok(text) ? [] : [words]) };
}

const FORMATS = new Map(
  [
    DNS_LABEL,
    DNS_SUBDOMAIN,
    DNS_1035,
    QUALIFIED,
    prefix('dns1123LabelPrefix', DNS_LABEL),
    prefix('dns1123SubdomainPrefix', DNS_SUBDOMAIN),
    prefix('dns1035LabelPrefix', DNS_1035),
    LABEL_VALUE,
    test(
      'uri',
      'invalid URI',
      (text) =>
        text.length <= 65_536 &&
        (/^[A-Za-z][A-Za-z0-9+.-]*:[^\s]*$/.test(text) || /^\/[^\s]*$/.test(text)) &&
        !/%(?![0-9A-Fa-f]{2})/.test(text),
    ),
    test('uuid', 'does not match the UUID format', (text) =>
      /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
    ),
    test('byte', 'invalid base64', (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)),
    test('date', 'invalid date', date),
    test('datetime', 'invalid datetime', moment),
  ].map((format) => [format.name, format]),
);

/** The functions. */
export function formatFunctions(): CelFunc[] {
  return [
    func('format.named', [STRING], (name: string) => {
      const found = FORMATS.get(name);
      return ofOptional(found === undefined ? undefined : FORMAT.wrap(found));
    }),
    ...Array.from(FORMATS.values(), (format) => func(`format.${format.name}`, [], () => FORMAT.wrap(format))),
    method('validate', FORMAT.type, [STRING], (self: CelValue, text: string) => {
      const problems = FORMAT.open(self)?.check(text) ?? fail('no such overload');
      return ofOptional(problems.length === 0 ? undefined : celList(problems));
    }),
  ];
}
