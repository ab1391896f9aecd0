import type { PredicateCheck } from '../../sign/index.ts';
import type { Call } from '../command.ts';

/** Checks predicates against the published schema of their type before they are signed, unless the flags say otherwise. The check throws `predicate-invalid`. */
export function predicateCheck({ options, out }: Call): PredicateCheck {
  if (options.has('unsafe-skip-schema') && options.flag('unsafe-skip-schema')) {
    out.warn('weakened', "--unsafe-skip-schema: the predicate is not checked against its type's schema");
    return () => {};
  }
  return async (type, value) => {
    const [{ checkPredicate }, { cycloneDxSchemas }] = await Promise.all([
      import('../../attestation/schema/index.ts'),
      import('../attest/cyclonedx-schemas.ts'),
    ]);
    await checkPredicate(type, value, cycloneDxSchemas);
  };
}
