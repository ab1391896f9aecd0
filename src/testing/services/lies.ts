import type { Fault, FaultMatch } from '../registry/faults.ts';

/** What a service may say that is not so. The request is carried out; the answer lies. */
export type Lie =
  /** Logs: one hash of the inclusion proof is another. */
  | 'inclusion-proof'
  /** Logs: a true entry, with proofs that hold, about something else. */
  | 'another-entry'
  /** Logs: the promise (Rekor v1) is a stranger's. */
  | 'promise'
  /** Logs: the checkpoint is signed by a stranger in the log's name. */
  | 'checkpoint'
  /** Timestamps: of another message. */
  | 'imprint'
  /** Timestamps: another nonce. */
  | 'nonce'
  /** Timestamps: signed by a stranger's key. */
  | 'signature'
  /** Certificates: for a key that nobody asked for. */
  | 'key'
  /** Certificates: for another identity. */
  | 'identity'
  /** Certificates: without the promise of a certificate transparency log. */
  | 'sct'
  /** Certificates: with the promise beside the certificate, as old instances have it. */
  | 'detached-sct'
  /** Certificates: the chain of another authority. */
  | 'chain'
  /** Everything that has a time: the service's clock is off. */
  | 'clock';

/** A lie as a fault. */
export interface LieFault extends FaultMatch {
  readonly kind: 'lie';
  readonly lie: Lie;
  /** Milliseconds by which the clock is off; an hour ahead when left out. */
  readonly ms?: number;
}

/** What goes wrong with a service: the faults that a registry has as well, and lies. */
export type ServiceFault = Fault | LieFault;

/** What an answer is made with: the services' time, and the lies that are to be told. */
export interface Telling {
  readonly now: Date;
  readonly lies: ReadonlySet<Lie>;
}
