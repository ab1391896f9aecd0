import type { JsonObject } from '../codec/json.ts';
import type { AssayError, TextPosition } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Requirement, RevocationList, Verdict } from '../verify/index.ts';

/** The languages of policies that compile to a requirement. */
export type DialectName = 'image-policy' | 'cluster-image-policy' | 'notation' | 'containers-policy';

/** The object of a cluster that an image stands in. */
export interface Workload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject;
  readonly spec: JsonObject;
}

/** An image that policies are asked about. */
export interface ImageSubject {
  /** As it was written. */
  readonly text: string;
  /** `REGISTRY/REPOSITORY` in full, `docker.io/library/alpine`. */
  readonly repository: string;
  /** The tag that was named, if any. */
  readonly tag: string | undefined;
  readonly digest: Digest;
  readonly workload?: Workload;
  /** Where the image is written in the workload: `spec.containers[0].image`. */
  readonly path?: string;
  /** The configurations of the image's platforms, by `os/architecture[/variant]`; asked for only by policies that need it. */
  readonly configs?: () => Promise<ReadonlyMap<string, JsonObject>>;
}

/** What a policy does when it is not met. */
export type PolicyMode = 'enforce' | 'warn';

/** A policy of any dialect, compiled. */
export interface CompiledPolicy {
  readonly name: string;
  readonly dialect: DialectName;
  readonly mode: PolicyMode;
  /** What the policy is about, as it says it: patterns or scopes, for messages. */
  readonly about?: readonly string[];
  /** Whether the policy is about this image. Throws an `AssayError` where that cannot be said: the image is then denied. */
  readonly applies: (image: ImageSubject) => boolean;
  /** What has to hold; a function where it depends on the image. The same object for the same question: verdicts are remembered by it. */
  readonly requirement: Requirement | ((image: ImageSubject) => Requirement);
  /** Image digests that the policy has revoked come before everything else; evidence and signers are in the leaves' demands. */
  readonly revoked?: RevocationList;
  /** What is said when the policy is not met, in the dialect's own words; default: the reasons of the verdict. */
  readonly denial?: (verdict: Verdict, image: ImageSubject) => readonly string[];
  /** Warnings that are said whatever the verdict. */
  readonly remarks?: (verdict: Verdict, image: ImageSubject) => readonly string[];
}

/** Policies that are judged together: every one that applies has to be met. */
export interface PolicySet {
  readonly policies: readonly CompiledPolicy[];
  /** What happens to an image that no policy is about. Default `deny`. */
  readonly noMatch: 'deny' | 'allow' | 'warn';
}

/** A mistake or a doubt in a policy file. */
export interface PolicyRemark {
  readonly code: string;
  readonly message: string;
  readonly at?: TextPosition;
}

/** What a document of a policy file comes to. */
export interface CompiledDocument {
  readonly policies: readonly CompiledPolicy[];
  readonly errors: readonly AssayError[];
  readonly warnings: readonly PolicyRemark[];
}
