/** How one try of a request is ended from outside: what an `AbortController` is for, which takes as long to make as all else that a small request needs. */
export interface Ending {
  readonly ended: boolean;
  /** Why; whatever `end` was told. */
  readonly reason: unknown;
  /** Ends it, once: what comes later changes nothing. */
  end(reason: unknown): void;
  /** What is done when it is ended; at once when it is already. The last one that is named takes the place of those before. */
  whenEnded(act: () => void): void;
}

/** An ending that has not come. */
export function createEnding(): Ending {
  let ended = false;
  let reason: unknown;
  let act: (() => void) | undefined;
  return {
    get ended() {
      return ended;
    },
    get reason() {
      return reason;
    },
    end(why) {
      if (ended) return;
      [ended, reason] = [true, why];
      act?.();
    },
    whenEnded(then) {
      if (ended) then();
      else act = then;
    },
  };
}
