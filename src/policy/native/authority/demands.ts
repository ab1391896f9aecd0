import type { Demands } from '../../../verify/index.ts';
import type { AuthorityFields } from '../fields/authority.ts';
import type { AuthorityContext } from './authority.ts';

const OF_SIGSTORE = [
  'trustedRoot',
  'transparencyLog',
  'unsafeSkipTransparencyLog',
  'timestamps',
  'scts',
  'unsafeSkipSct',
  'allowCertificateChain',
] as const;
const OF_CERTIFICATES = ['scts', 'unsafeSkipSct', 'allowCertificateChain'] as const;

/** How much an authority's evidence has to prove. What contradicts itself or is meaningless is a mistake. */
export function demandsOf(fields: AuthorityFields, { path, mistakes }: AuthorityContext): Demands {
  const { transparencyLog: log, unsafeSkipTransparencyLog, timestamps, scts, unsafeSkipSct, allowCertificateChain } = fields;
  const foreign = fields.notation !== undefined ? OF_SIGSTORE : fields.key !== undefined ? OF_CERTIFICATES : [];
  for (const name of foreign) {
    if (fields[name] !== undefined)
      mistakes.add([...path, name], `means nothing for a ${fields.notation === undefined ? 'key' : 'Notary Project signature'}`);
  }
  if (log !== undefined && unsafeSkipTransparencyLog) contradiction('transparencyLog', 'unsafeSkipTransparencyLog');
  if (scts !== undefined && unsafeSkipSct) contradiction('scts', 'unsafeSkipSct');
  if (unsafeSkipTransparencyLog)
    mistakes.warn([...path, 'unsafeSkipTransparencyLog'], 'weakened', 'no transparency log entry is asked for');
  if (unsafeSkipSct) mistakes.warn([...path, 'unsafeSkipSct'], 'weakened', "no certificate transparency log's promise is asked for");
  return {
    ...(typeof log === 'number' ? { logThreshold: log } : {}),
    ...(unsafeSkipTransparencyLog ? { unsafeSkipTransparencyLog } : {}),
    ...(timestamps === undefined ? {} : { timestampThreshold: timestamps }),
    ...(scts === undefined ? {} : { sctThreshold: scts }),
    ...(unsafeSkipSct ? { unsafeSkipSct } : {}),
    ...(allowCertificateChain ? { allowCertificateChain } : {}),
  };

  function contradiction(a: string, b: string): void {
    mistakes.add([...path, b], `contradicts ${a}`);
  }
}
