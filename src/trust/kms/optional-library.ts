import { AssayError } from '../../errors.ts';

/** The library of a vendor, which is installed beside Assay by those who need it. Throws `unsupported` when it is not there, with the command that installs it. */
export async function optionalLibrary<T>(load: () => Promise<T>, what: string, packages: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause;
    throw new AssayError('unsupported', `${what} needs a library that is not installed`, { hint: `npm install ${packages}`, cause });
  }
}
