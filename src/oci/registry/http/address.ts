import { isIPv4, isIPv6 } from 'node:net';

/** Whether a host name or address is this machine: `localhost`, `*.localhost` (RFC 6761 §6.3), 127/8, ::1. */
export function isLoopback(host: string): boolean {
  const name = bare(host);
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const v4 = asIPv4(name);
  if (v4 !== undefined) return v4[0] === 127;
  return isIPv6(name) && /^(?:0{0,4}:){2,7}0{0,3}1$/.test(name);
}

/**
 * Whether a host name or address is one that no public registry may send a client to: this machine, the unspecified
 * address, link-local addresses, and the addresses where clouds serve instance metadata and credentials.
 */
export function isInternal(host: string): boolean {
  const name = bare(host);
  if (isLoopback(name) || METADATA_NAMES.has(name)) return true;
  const v4 = asIPv4(name);
  if (v4 !== undefined) return v4[0] === 0 || (v4[0] === 169 && v4[1] === 254) || METADATA_ADDRESSES.has(v4.join('.'));
  if (!isIPv6(name)) return false;
  return /^[0:]+$/.test(name) || /^fe[89ab]/.test(name) || name === 'fd00:ec2::254';
}

const METADATA_NAMES: ReadonlySet<string> = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);
// Alibaba Cloud and Oracle (older) serve metadata outside of the link-local block.
const METADATA_ADDRESSES: ReadonlySet<string> = new Set(['100.100.100.200', '192.0.0.192']);

// Lower case, without brackets, zone and the root's dot.
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .replace(/\.$/, '');
}

function asIPv4(name: string): readonly number[] | undefined {
  if (isIPv4(name)) return name.split('.').map(Number);
  const dotted = /^(?:::ffff:|(?:0+:){5}ffff:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/.exec(name)?.[1];
  if (dotted !== undefined && isIPv4(dotted)) return dotted.split('.').map(Number);
  // The URL parser writes a mapped address in hexadecimal.
  const hex = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(name);
  if (!hex) return undefined;
  const [high, low] = [Number.parseInt(hex[1] ?? '', 16), Number.parseInt(hex[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255];
}
