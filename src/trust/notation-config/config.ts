import type { Json } from '../../codec/json.ts';
import { configObject, malformed, optionalText } from './object.ts';

/** What of `config.json` is about signing. */
export interface NotationConfig {
  /** Registries that are spoken to by plain HTTP. */
  readonly insecureRegistries: ReadonlySet<string>;
  /** The form of new signatures where none is asked for. */
  readonly signatureFormat: 'jws' | 'cose' | undefined;
}

/** What there is without a `config.json`. */
export const NO_CONFIG: NotationConfig = { insecureRegistries: new Set(), signatureFormat: undefined };

/** Parses notation's `config.json` (notaryproject/notation, "Directory structure"). Throws `input-invalid`, `limit`. */
export function parseNotationConfig(text: string, file: string): NotationConfig {
  const { insecureRegistries, signatureFormat } = configObject(text, file);
  const format = optionalText(signatureFormat, 'signatureFormat', file);
  if (format !== undefined && format !== 'jws' && format !== 'cose')
    throw malformed(file, `signatureFormat is "${format.slice(0, 100)}", neither jws nor cose`);
  return { insecureRegistries: new Set(textsOf(insecureRegistries, file)), signatureFormat: format };
}

function textsOf(value: Json | undefined, file: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((v): v is string => typeof v === 'string'))
    throw malformed(file, 'insecureRegistries is no list of texts');
  return value;
}
