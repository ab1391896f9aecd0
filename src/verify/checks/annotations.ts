import type { Json } from '../../codec/json.ts';
import { inForce } from '../../rules.ts';
import type { SignedEntity } from '../../signature/index.ts';
import { fail, pass } from '../check.ts';
import type { Check } from '../report.ts';
import type { EvidenceRequest } from '../request.ts';

/**
 * The pairs that were asked for have to stand in what was signed (cosign `-a`). A pair that stands only beside the signature is
 * nobody's word: the evidence is then not by an authority that was asked for. `undefined` when nothing was asked.
 */
export function annotationCheck(signed: ReadonlyMap<string, Json>, entity: SignedEntity, { demands }: EvidenceRequest): Check | undefined {
  const wanted = demands.annotations;
  if (wanted === undefined || wanted.size === 0) return undefined;
  for (const [name, value] of wanted) {
    if (signed.get(name) === value || !inForce('annotations')) continue;
    const pair = `${name}=${value}`.slice(0, 200);
    if (!signed.has(name) && entity.unsignedAnnotations.get(name) === value)
      return fail('annotations', 'untrusted', `${pair} stands beside the signature, not in what was signed`);
    const found = signed.get(name);
    return fail(
      'annotations',
      'denied',
      found === undefined
        ? `the signature does not say ${pair}`
        : `the signature says ${name}=${String(JSON.stringify(found)).slice(0, 100)}, not ${pair}`,
    );
  }
  return pass('annotations', `the signature says ${[...wanted].map(([k, v]) => `${k}=${v}`).join(', ')}`);
}
