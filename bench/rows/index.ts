/** All measurements, in the order in which they are made. */
import type { Measurement } from '../row.ts';
import { copyEvidence } from './copy-evidence.ts';
import { manyImages } from './many-images.ts';
import { policyEvaluations } from './policy-evaluations.ts';
import { requests } from './requests.ts';
import { requestsSign } from './requests-sign.ts';
import { signatures } from './signatures.ts';
import { startup } from './startup.ts';
import { verifyBundles } from './verify-bundles.ts';

export const MEASUREMENTS: readonly Measurement[] = [
  verifyBundles,
  requests,
  requestsSign,
  startup,
  manyImages,
  signatures,
  copyEvidence,
  policyEvaluations,
];
