import type { Bytes } from '../../bytes/index.ts';

/** An IP address as text: dotted for 4 bytes, RFC 5952 for 16 (as Go's `net.IP.String`, IPv4-mapped ones dotted). */
export function ipText(bytes: Bytes): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.every((b, i) => i >= 12 || b === (i < 10 ? 0 : 0xff))) return bytes.subarray(12).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number)).toString(16));
  const { at, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, at).join(':')}::${groups.slice(at + length).join(':')}`;
}

// The first of the longest runs of zero groups.
function longestZeros(groups: readonly string[]): { readonly at: number; readonly length: number } {
  let best = { at: 0, length: 0 };
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === '0') end++;
    if (end - i > best.length) best = { at: i, length: end - i };
  }
  return best;
}
