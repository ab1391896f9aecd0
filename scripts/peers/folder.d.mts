export interface FoundPeer {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}
export function peersFolder(environment?: Readonly<Record<string, string | undefined>>): string;
export function foundPeers(folder: string): FoundPeer[];
export function isDebian(): boolean;
export function missingAllowed(environment?: Readonly<Record<string, string | undefined>>): boolean;
