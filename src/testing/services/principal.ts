import type { San } from '../authority/names.ts';
import type { Claims } from './jwt.ts';

/** Whom a token names, as Fulcio sees it (fulcio, pkg/identity). */
export interface Principal {
  /** What a proof of possession is over. */
  readonly name: string;
  readonly san: San;
  readonly issuer: string;
  /** Claims that are certified, by the last arc of their identifier. */
  readonly claims: ReadonlyMap<number, string>;
}

/**
 * The principal of a token's claims. What kind of issuer it is from, which Fulcio's configuration says, is told from the claims: a workflow
 * of GitHub's, an e-mail address, a SPIFFE id, a service account of Kubernetes, a URI, and else a user's name.
 * A claim `certified`, an object, is certified as it is: `{ "9": "https://…" }`. Throws with the reason.
 */
export function principalOf(claims: Claims): Principal {
  const text = (name: string): string => (typeof claims[name] === 'string' ? claims[name] : '');
  const [issuer, sub, workflow] = [text('iss'), text('sub'), text('job_workflow_ref')];
  const certified = new Map(Object.entries((claims.certified ?? {}) as Record<string, string>).map(([n, v]) => [Number(n), v]));
  const as = (name: string, san: San, more: Iterable<readonly [number, string]> = []): Principal => ({
    name,
    san,
    issuer,
    claims: new Map([...more, ...certified]),
  });
  if (workflow !== '') return as(sub, { uri: `https://github.com/${workflow}` }, workflowClaims(text, workflow));
  if (text('email') !== '') {
    if (claims.email_verified !== true) throw new Error('email_verified claim was false');
    return as(text('email'), { email: text('email') });
  }
  if (sub === '') throw new Error('token has no subject');
  if (sub.startsWith('system:serviceaccount:')) {
    const [, , namespace = '', account = ''] = sub.split(':');
    return as(sub, { uri: `https://kubernetes.io/namespaces/${namespace}/serviceaccounts/${account}` });
  }
  if (/^(?:spiffe|https?):\/\//.test(sub)) return as(sub, { uri: sub });
  return as(sub, { other: sub });
}

// fulcio, docs/oid-info.md, the column of GitHub.
function workflowClaims(text: (name: string) => string, workflow: string): (readonly [number, string])[] {
  const on = (path: string): string => (path === '' ? '' : `https://github.com/${path}`);
  const run = text('run_id') === '' ? '' : on(`${text('repository')}/actions/runs/${text('run_id')}/attempts/${text('run_attempt')}`);
  const all: readonly (readonly [number, string])[] = [
    [2, text('event_name')],
    [3, text('sha')],
    [4, text('workflow')],
    [5, text('repository')],
    [6, text('ref')],
    [9, on(workflow)],
    [10, text('job_workflow_sha')],
    [11, text('runner_environment')],
    [12, on(text('repository'))],
    [13, text('sha')],
    [14, text('ref')],
    [15, text('repository_id')],
    [16, on(text('repository_owner'))],
    [17, text('repository_owner_id')],
    [18, on(text('workflow_ref'))],
    [19, text('workflow_sha')],
    [20, text('event_name')],
    [21, run],
    [22, text('repository_visibility')],
  ];
  return all.filter(([, value]) => value !== '');
}
