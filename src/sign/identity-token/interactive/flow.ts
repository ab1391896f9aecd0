import type { ServiceClient } from '../../../trust/service-client/client.ts';

/** How a person, or a client with a secret, gets a token from an issuer. */
export interface FlowOptions {
  /** Address of the OpenID Connect issuer. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly client: ServiceClient;
  readonly now: () => Date;
  readonly signal?: AbortSignal;
}

/** What a flow with a person needs besides. */
export interface PersonFlowOptions extends FlowOptions {
  /** A line for the person. */
  readonly say: (line: string) => void;
}

/** What the browser flow needs besides. */
export interface BrowserFlowOptions extends PersonFlowOptions {
  /** Where the browser comes back to; default a free port of this machine. */
  readonly redirectUrl?: string;
  /** Opens a page; answers whether something that opens pages could be started. */
  readonly openBrowser: (url: string) => Promise<boolean>;
}
