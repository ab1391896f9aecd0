/** All measurements, in the order in which they are made. */
import type { Measurement } from '../row.ts';
import { manyImages } from './many-images.ts';
import { policyEvaluations } from './policy-evaluations.ts';
import { requests } from './requests.ts';
import { startup } from './startup.ts';
import { verifyBundles } from './verify-bundles.ts';

export const MEASUREMENTS: readonly Measurement[] = [verifyBundles, requests, startup, manyImages, policyEvaluations];
