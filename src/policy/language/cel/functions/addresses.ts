/** IP addresses and networks (Kubernetes, apiserver/pkg/cel/library/ip.go and cidr.go): no zones, no IPv4 within IPv6. */
import type { CelFunc, CelType, CelValue } from '../library.ts';
import { func, method, opaque, STRING } from '../library.ts';
import { fail } from '../values.ts';

interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

interface Network {
  readonly address: Address;
  readonly length: number;
}

const ADDRESS = opaque<Address>('net.IP', (a, b) => a.family === b.family && a.bits === b.bits);
const NETWORK = opaque<Network>(
  'net.CIDR',
  (a, b) => a.length === b.length && a.address.family === b.address.family && a.address.bits === b.address.bits,
);

function parseFour(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function parseSix(text: string): bigint | undefined {
  let groups = text;
  const dotted = /^(.*:)([0-9.]+)$/.exec(text);
  if (dotted?.[2]?.includes('.')) {
    const four = parseFour(dotted[2]);
    if (four === undefined) return undefined;
    groups = `${dotted[1]}${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`;
  }
  const halves = groups.split('::');
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const count = head.length + (tail?.length ?? 0);
  if (halves.length > 2 || (tail === undefined ? count !== 8 : count > 7)) return undefined;
  const all = [...head, ...Array.from({ length: 8 - count }, () => '0'), ...(tail ?? [])];
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function parseAddress(text: string): Address | undefined {
  if (text.length > 64) return undefined;
  const four = parseFour(text);
  if (four !== undefined) return { family: 4, bits: four };
  const six = parseSix(text);
  return six === undefined || six >> 32n === 0xffffn ? undefined : { family: 6, bits: six };
}

function parseNetwork(text: string): Network | undefined {
  const match = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseAddress(match[1]);
  const length = Number(match?.[2]);
  return address === undefined || length > width(address) ? undefined : { address, length };
}

function width(address: Address): number {
  return address.family === 4 ? 32 : 128;
}

function masked({ address, length }: Network): Address {
  const free = BigInt(width(address) - length);
  return { family: address.family, bits: (address.bits >> free) << free };
}

// RFC 5952: the longest run of zeros, the first of equals, is left out; a single zero is not.
function addressText({ family, bits }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  let best = { at: 0, length: 0 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (groups[at + length] === '0') length++;
    if (length > best.length) best = { at, length };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`;
}

function within(network: Network, address: Address): boolean {
  return network.address.family === address.family && masked({ address, length: network.length }).bits === masked(network).bits;
}

function is(address: Address, network: string): boolean {
  const range = parseNetwork(network);
  return range !== undefined && within(range, address);
}

function any(address: Address, four: string, six: string): boolean {
  return is(address, address.family === 4 ? four : six);
}

function openAddress(value: CelValue): Address {
  const address = typeof value === 'string' ? parseAddress(value) : ADDRESS.open(value);
  return address ?? fail(`IP Address '${String(value).slice(0, 100)}' parse error during conversion from string`);
}

function openNetwork(value: CelValue): Network {
  const network = typeof value === 'string' ? parseNetwork(value) : NETWORK.open(value);
  return network ?? fail(`CIDR '${String(value).slice(0, 100)}' parse error during conversion from string`);
}

/** The functions. */
export function addressFunctions(): CelFunc[] {
  const ofAddress = (name: string, run: (self: Address) => bigint | boolean) =>
    method(name, ADDRESS.type, [], (self: CelValue) => run(openAddress(self)));
  const contains = (name: string, types: readonly CelType[], run: (self: Network, other: CelValue) => boolean) =>
    types.map((type) => method(name, NETWORK.type, [type], (self: CelValue, other: CelValue) => run(openNetwork(self), other)));
  const unspecified = (it: Address) => it.bits === 0n;
  const loopback = (it: Address) => any(it, '127.0.0.0/8', '::1/128');
  const linkLocal = (it: Address) => any(it, '169.254.0.0/16', 'fe80::/10');
  const multicast = (it: Address) => any(it, '224.0.0.0/4', 'ff00::/8');
  const broadcast = (it: Address) => is(it, '255.255.255.255/32');
  return [
    func('ip', [STRING], (text: string) => ADDRESS.wrap(openAddress(text))),
    func('isIP', [STRING], (text: string) => parseAddress(text) !== undefined),
    func('ip.isCanonical', [STRING], (text: string) => addressText(openAddress(text)) === text),
    func('string', [ADDRESS.type], (self: CelValue) => addressText(openAddress(self))),
    ofAddress('family', (it) => BigInt(it.family)),
    ofAddress('isUnspecified', unspecified),
    ofAddress('isLoopback', loopback),
    ofAddress('isLinkLocalUnicast', linkLocal),
    // Of IPv6 the scope is in the second byte's lower half, whatever the flags.
    ofAddress('isLinkLocalMulticast', (it) => (it.family === 4 ? is(it, '224.0.0.0/24') : ((it.bits >> 112n) & 0xff0fn) === 0xff02n)),
    ofAddress('isGlobalUnicast', (it) => !unspecified(it) && !loopback(it) && !multicast(it) && !linkLocal(it) && !broadcast(it)),
    func('cidr', [STRING], (text: string) => NETWORK.wrap(openNetwork(text))),
    func('isCIDR', [STRING], (text: string) => parseNetwork(text) !== undefined),
    func('string', [NETWORK.type], (self: CelValue) => networkText(openNetwork(self))),
    ...contains('containsIP', [STRING, ADDRESS.type], (self, other) => within(self, openAddress(other))),
    ...contains('containsCIDR', [STRING, NETWORK.type], (self, other) => {
      const inner = openNetwork(other);
      return inner.length >= self.length && within(self, inner.address);
    }),
    method('ip', NETWORK.type, [], (self: CelValue) => ADDRESS.wrap(openNetwork(self).address)),
    method('masked', NETWORK.type, [], (self: CelValue) => {
      const network = openNetwork(self);
      return NETWORK.wrap({ address: masked(network), length: network.length });
    }),
    method('prefixLength', NETWORK.type, [], (self: CelValue) => BigInt(openNetwork(self).length)),
  ];
}

function networkText({ address, length }: Network): string {
  return `${addressText(address)}/${length}`;
}
