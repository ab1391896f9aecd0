export function serversFolder(environment?: Readonly<Record<string, string | undefined>>): string;
export function builtServersFolder(): string;
export function foundServers(): ReadonlyMap<string, string>;
