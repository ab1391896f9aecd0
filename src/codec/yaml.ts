/** YAML. The only file that loads the library; loaded on demand. */
import { parseAllDocuments, stringify } from 'yaml';
import { AssayError } from '../errors.ts';

/** Every document of a YAML text as plain values; aliases are bounded. Throws `input-invalid`, naming `what`. */
export function parseYaml(text: string, what: string): readonly unknown[] {
  const documents = parseAllDocuments(text);
  return documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined)
      throw new AssayError('input-invalid', `${what} is not valid YAML: ${error.message.split('\n')[0]}`, { cause: error });
    try {
      return document.toJS({ maxAliasCount: 100 });
    } catch (cause) {
      throw new AssayError('input-invalid', `${what} has too many aliases`, { cause });
    }
  });
}

/** A plain value as YAML, without aliases. */
export function toYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false });
}
