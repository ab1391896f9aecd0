import { readPredicate } from '../../attestation/index.ts';
import type { Condition } from '../../verify/index.ts';
import { documentOf, valueAt } from './document.ts';

/** The condition that a bill of materials (CycloneDX or SPDX, attested or as an artifact) lists at least so many components. */
export function listsComponents(least: number): Condition {
  return {
    name: 'bill of materials',
    async evaluate({ findings }) {
      const { predicate } = documentOf(findings);
      const type =
        valueAt(predicate, 'bomFormat') === 'CycloneDX'
          ? 'https://cyclonedx.org/bom'
          : valueAt(predicate, 'spdxVersion') === undefined
            ? (findings.predicateType ?? '')
            : 'https://spdx.dev/Document';
      const read = readPredicate(type, predicate);
      if (read.kind !== 'cyclonedx' && read.kind !== 'spdx') return { result: 'fail', reason: 'it is neither CycloneDX nor SPDX in JSON' };
      const found = read.kind === 'cyclonedx' ? read.components : read.packages;
      if (found < least) return { result: 'fail', reason: `it lists ${found} components, at least ${least} are asked for` };
      return { result: 'pass', reason: `it lists ${found} components` };
    },
  };
}
