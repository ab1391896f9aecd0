import type { TrustState } from '../../trust/tuf/index.ts';
import type { Output } from '../output/output.ts';
import { columns } from '../text/columns.ts';
import { printable } from '../text/printable.ts';

/** A time for people, in UTC. */
export function utc(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A time for machines. */
export function iso(time: number): string {
  return new Date(time).toISOString();
}

/** The members that `trust init` and `trust update` print. */
export function stateJson({ repository, trust, changed }: TrustState): object {
  return {
    mirror: repository.mirror,
    folder: repository.folder,
    changed,
    rootVersion: trust.rootVersion,
    rootExpires: iso(trust.rootExpires),
    refreshed: iso(trust.refreshed),
    expires: iso(trust.expires),
  };
}

/** The same for people. */
export function printState(out: Output, { repository, trust }: TrustState, verdict: string): void {
  const rows = [
    ['  TUF root', `version ${trust.rootVersion}, expires ${utc(trust.rootExpires)}`],
    ['  next refresh', `after ${utc(trust.expires)}`],
    ['  kept in', printable(repository.folder)],
  ];
  out.print(`${out.style.green(out.style.mark('ok'))} ${verdict}   ${printable(repository.mirror)}\n${columns(rows).join('\n')}\n`);
}
