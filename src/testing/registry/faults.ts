import type { ServerResponse } from 'node:http';
import { digestOf } from '../../oci/digest.ts';
import { OCI_INDEX } from '../../oci/media-types.ts';
import { type Answer, type Asked, answer, json, refuse } from './answer.ts';

/** Which requests a fault is about. */
export interface FaultMatch {
  /** Over `METHOD /path?query`; all requests when left out. */
  readonly match?: RegExp | string;
  /** How many such requests go well first. */
  readonly skip?: number;
  /** How many are hit after that; all when left out. */
  readonly times?: number;
}

/** What goes wrong. */
export type FaultKind =
  /** This status; with `location` a redirect of any kind. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string | number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The right answer, late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** No answer, ever. */
  | { readonly kind: 'hang' }
  /** The connection is cut before the answer. */
  | { readonly kind: 'reset' }
  /** The whole length is announced, a part is sent, the connection is cut. */
  | { readonly kind: 'truncate'; readonly bytes?: number }
  /** Other bytes; the digest header keeps saying what it said unless `truthful`. */
  | { readonly kind: 'substitute'; readonly body: string | Buffer; readonly type?: string; readonly truthful?: boolean }
  /** `Content-Length` is off by `delta`. */
  | { readonly kind: 'length'; readonly delta: number }
  /** A body without end, or of `bytes` bytes after which nothing more comes. */
  | { readonly kind: 'flood'; readonly bytes?: number; readonly type?: string }
  /** To the second origin, or to `to` (relative to the request): `?again` makes a circle. */
  | { readonly kind: 'redirect'; readonly to?: string; readonly status?: number }
  /** Every page names another; with `entries` on each. */
  | { readonly kind: 'endless'; readonly entries?: readonly unknown[]; readonly circle?: boolean }
  /** A write is answered as if it was done, and is not done. */
  | { readonly kind: 'lose' }
  /** A write is done, and answered with this status, or not at all: the connection is cut. */
  | { readonly kind: 'unsaid'; readonly status?: number }
  /** A tag is answered as if it pointed at another digest of the repository. */
  | { readonly kind: 'retag'; readonly digest: string };

export type Fault = FaultMatch & FaultKind;

/** The faults of a registry, or of something like it. They can be changed at any time. */
export interface Faults<F extends FaultMatch = Fault> {
  add(...faults: F[]): void;
  clear(): void;
  /** The faults that hit this request; counts them. */
  hitting(asked: Asked): readonly F[];
}

/** No faults yet. */
export function createFaults<F extends FaultMatch = Fault>(): Faults<F> {
  const rules: { readonly fault: F; seen: number }[] = [];
  return {
    add: (...faults) => void rules.push(...faults.map((fault) => ({ fault, seen: 0 }))),
    clear: () => void rules.splice(0),
    hitting(asked) {
      return rules.filter((rule) => hits(rule, asked)).map((rule) => rule.fault);
    },
  };
}

function hits(rule: { readonly fault: FaultMatch; seen: number }, asked: Asked): boolean {
  const { match, skip = 0, times = Number.POSITIVE_INFINITY } = rule.fault;
  if (match !== undefined && !new RegExp(match).test(`${asked.method} ${asked.target}`)) return false;
  rule.seen++;
  return rule.seen > skip && rule.seen <= skip + times;
}

/** What a fault makes of a request: another answer; another question; or `sent`, when it has dealt with the connection itself. */
export type Bent = { readonly answer: Answer } | { readonly asked: Asked } | 'sent' | undefined;

/** Applies one fault. `well` gives what the registry would answer. */
export async function bend(fault: Fault, asked: Asked, well: () => Answer, otherOrigin: string, response: ServerResponse): Promise<Bent> {
  switch (fault.kind) {
    case 'status':
      return { answer: statusAnswer(fault) };
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      return undefined;
    case 'hang':
      return 'sent';
    case 'reset':
      response.socket?.resetAndDestroy();
      return 'sent';
    case 'truncate': {
      const whole = well();
      return cut(response, whole, whole.body.length, fault.bytes ?? whole.body.length >> 1);
    }
    case 'length': {
      const whole = well();
      return cut(response, whole, Math.max(0, whole.body.length + fault.delta), whole.body.length + Math.min(0, fault.delta));
    }
    case 'substitute':
      return { answer: substitute(fault, well()) };
    case 'flood':
      return flood(fault, response);
    case 'redirect':
      return { answer: answer(fault.status ?? 307, { Location: fault.to ?? `${otherOrigin}${asked.target}` }) };
    case 'endless':
      return { answer: endless(fault, asked) };
    case 'lose':
      return { answer: answer(201, { Location: asked.path, 'Docker-Content-Digest': digestOf(asked.body) }) };
    case 'unsaid':
      well();
      if (fault.status !== undefined) return { answer: refuse(fault.status, undefined, 'done, though') };
      response.socket?.resetAndDestroy();
      return 'sent';
    case 'retag':
      return { asked: { ...asked, path: asked.path.replace(/\/manifests\/[^/]+$/, `/manifests/${fault.digest}`) } };
  }
}

function statusAnswer(fault: Fault & { readonly kind: 'status' }): Answer {
  const retry = fault.retryAfter === undefined ? {} : { 'Retry-After': String(fault.retryAfter) };
  const refused = refuse(fault.status, undefined, `injected ${fault.status}`, { ...retry, ...fault.headers });
  return fault.body === undefined ? refused : { ...refused, body: Buffer.from(fault.body) };
}

function cut(response: ServerResponse, whole: Answer, announced: number, sent: number): 'sent' {
  response.writeHead(whole.status, { ...whole.headers, 'Content-Length': announced, Connection: 'close' });
  // Destroyed only when the part has left, or the part would be cut too.
  response.write(whole.body.subarray(0, sent), () => response.socket?.destroySoon());
  return 'sent';
}

function substitute(fault: Fault & { readonly kind: 'substitute' }, whole: Answer): Answer {
  const body = Buffer.from(fault.body);
  const type = fault.type === undefined ? {} : { 'Content-Type': fault.type };
  const digest = fault.truthful ? { 'Docker-Content-Digest': digestOf(body) } : {};
  return { status: 200, headers: { ...whole.headers, ...type, ...digest }, body };
}

function flood(fault: Fault & { readonly kind: 'flood' }, response: ServerResponse): 'sent' {
  response.writeHead(200, { 'Content-Type': fault.type ?? 'application/octet-stream' });
  const piece = Buffer.alloc(1 << 16, ' ');
  let left = fault.bytes ?? Number.POSITIVE_INFINITY;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= piece.length;
      if (!response.write(piece)) return;
    }
  };
  response.on('drain', more);
  more();
  return 'sent';
}

function endless(fault: Fault & { readonly kind: 'endless' }, asked: Asked): Answer {
  const page = Number(asked.query.get('page') ?? 0) + 1;
  const next = fault.circle ? `${asked.path}?page=${page % 2}` : `${asked.path}?page=${page}`;
  const body = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: fault.entries ?? [], tags: [], repositories: [] };
  return json(body, { 'Content-Type': OCI_INDEX, Link: `<${next}>; rel="next"` });
}
