/** A time window, milliseconds since 1970, inclusive at both ends (protobuf-specs, sigstore_common.proto, `TimeRange`). */
export interface Validity {
  /** `undefined`: the material does not say when it begins. */
  readonly start: number | undefined;
  /** `undefined`: still valid. */
  readonly end: number | undefined;
}

/** The window that has no bounds, for trust that a user gave by hand. */
export const ALWAYS: Validity = { start: Number.NEGATIVE_INFINITY, end: undefined };

/** Whether a time is in a window. A window without a beginning contains nothing: the material has to say since when it is to be believed. */
export function contains(window: Validity, time: number): boolean {
  return window.start !== undefined && window.start <= time && (window.end === undefined || time <= window.end);
}

/** A window in words, in UTC. */
export function windowText(window: Validity): string {
  const text = (t: number | undefined, none: string): string => (t === undefined || !Number.isFinite(t) ? none : new Date(t).toISOString());
  return `${text(window.start, 'no beginning')} to ${text(window.end, 'now')}`;
}
