import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { CycloneDxSchemas, Schema } from '../../attestation/schema/index.ts';
import { AssayError, messageOf } from '../../errors.ts';

/** The package in which the CycloneDX project publishes its schemas, for use without a network; nothing of its code is run. */
const PACKAGE = '@cyclonedx/cyclonedx-library';

/** Reads the CycloneDX project's own schemas. Throws `unsupported` where they are not installed. */
export const cycloneDxSchemas: CycloneDxSchemas = async (name) => {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
    return JSON.parse(await readFile(join(folder, 'res/schema', `${name}.SNAPSHOT.schema.json`), 'utf8')) as Schema;
  } catch (cause) {
    throw new AssayError('unsupported', `the schemas of CycloneDX cannot be read: ${messageOf(cause)}`, {
      hint: `npm install ${PACKAGE}; --unsafe-skip-schema attests without a check`,
      cause,
    });
  }
};
