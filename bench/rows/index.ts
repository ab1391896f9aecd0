/** All measurements, in the order in which they are made. */
import type { Measurement } from '../row.ts';
import { verifyBundles } from './verify-bundles.ts';

export const MEASUREMENTS: readonly Measurement[] = [verifyBundles];
