/** The whole table. */
import type { Case } from './case.ts';
import { certificateCases } from './cases/certificate.ts';
import { formCases } from './cases/form.ts';
import { identityCases } from './cases/identity.ts';
import { logBodyCases } from './cases/log-body.ts';
import { logEntryCases } from './cases/log-entry.ts';
import { notationCases } from './cases/notation.ts';
import { notationChainCases } from './cases/notation-chain.ts';
import { notationPluginCases } from './cases/notation-plugin.ts';
import { notationTimeCases } from './cases/notation-time.ts';
import { openPgpCases } from './cases/openpgp.ts';
import { policyCases } from './cases/policy.ts';
import { signatureCases } from './cases/signature.ts';
import { subjectCases } from './cases/subject.ts';
import { timestampCases } from './cases/timestamp.ts';

/** Every case, forged and honest. */
export const CASES: readonly Case[] = [
  ...signatureCases,
  ...subjectCases,
  ...logEntryCases,
  ...logBodyCases,
  ...timestampCases,
  ...certificateCases,
  ...identityCases,
  ...formCases,
  ...notationCases,
  ...notationChainCases,
  ...notationTimeCases,
  ...notationPluginCases,
  ...openPgpCases,
  ...policyCases,
];
