/** Mutations of DER that keep the lengths around them right, and some that do not. */
import type { Random } from '../../src/testing/index.ts';

interface DerNode {
  tag: number;
  content: Buffer;
  children: DerNode[] | undefined;
}

/** One mutation of a DER value; of bytes that are none, a turned bit. */
export function mutateDer(random: Random, seed: Buffer): Buffer {
  const tree = parse(seed, 0);
  if (tree === undefined) {
    const copy = Buffer.from(seed);
    if (copy.length > 0) copy[random.below(copy.length)] = random.below(256);
    return copy;
  }
  const nodes: { readonly node: DerNode; readonly parent: DerNode | undefined }[] = [];
  const collect = (node: DerNode, parent: DerNode | undefined): void => {
    nodes.push({ node, parent });
    for (const child of node.children ?? []) collect(child, node);
  };
  for (const node of tree) collect(node, undefined);
  if (nodes.length === 0) return seed;
  const { node, parent } = random.pick(nodes);
  const siblings = parent?.children ?? tree;
  const lie = { node, delta: 0, form: 'shortest' as 'shortest' | 'long' | 'indefinite' };
  switch (random.below(11)) {
    case 0:
      node.tag = random.below(256);
      break;
    case 1:
      siblings.splice(siblings.indexOf(node), 1);
      break;
    case 2:
      siblings.splice(siblings.indexOf(node), 0, node);
      break;
    case 3:
      replace(node, random.bytes(random.below(40)));
      break;
    case 4:
      replace(node, Buffer.alloc(0));
      break;
    case 5: {
      const other = random.pick(nodes).node;
      if (!contains(other, node))
        Object.assign(node, {
          tag: other.tag,
          content: other.content,
          children: other.children === undefined ? undefined : [...other.children],
        });
      break;
    }
    case 6:
      lie.delta = random.pick([-1, 1, 2, 127, 65_536, 0x7fffffff]);
      break;
    case 7:
      lie.form = random.pick(['long', 'indefinite']);
      break;
    case 8:
      if (node.children === undefined) replace(node, Buffer.concat([node.content, random.bytes(1 + random.below(3))]));
      else siblings.reverse();
      break;
    case 9:
      // Built from the inside out: so many levels are more than a recursion bears.
      node.content = nested(write(node, lie), random.pick([1, 2, 10, 40, 300]));
      Object.assign(node, { tag: 0x30, children: undefined });
      break;
    default: {
      const flipped = Buffer.from(node.content);
      if (node.children === undefined && flipped.length > 0) {
        const i = random.below(flipped.length);
        flipped[i] = (flipped[i] ?? 0) ^ (1 << random.below(8));
        replace(node, flipped);
      }
    }
  }
  return Buffer.concat(tree.map((n) => write(n, lie)));
}

function nested(inner: Buffer, depth: number): Buffer {
  let value = inner;
  for (let i = 0; i < depth; i++) value = Buffer.concat([Buffer.of(0x30), lengthOf(value.length, false), value]);
  return value;
}

function replace(node: DerNode, content: Buffer): void {
  node.content = content;
  node.children = undefined;
}

function contains(outer: DerNode, inner: DerNode): boolean {
  return outer === inner || (outer.children ?? []).some((c) => contains(c, inner));
}

function write(
  node: DerNode,
  lie: { readonly node: DerNode; readonly delta: number; readonly form: 'shortest' | 'long' | 'indefinite' },
): Buffer {
  const parts: Buffer[] = [];
  const content = node.children === undefined ? node.content : Buffer.concat(node.children.map((c) => write(c, lie)));
  const mine = lie.node === node;
  const length = Math.max(0, content.length + (mine ? lie.delta : 0));
  parts.push(Buffer.of(node.tag));
  if (mine && lie.form === 'indefinite') parts.push(Buffer.of(0x80), content, Buffer.of(0, 0));
  else parts.push(lengthOf(length, mine && lie.form === 'long'), content);
  return Buffer.concat(parts);
}

function lengthOf(length: number, long: boolean): Buffer {
  if (length < 0x80 && !long) return Buffer.of(length);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length >>> 0);
  const from = long ? 0 : bytes.findIndex((b) => b !== 0);
  return Buffer.concat([Buffer.of(0x80 | (4 - from)), bytes.subarray(from)]);
}

// A reader of its own, so that a fault of ours does not hide itself. Constructed values, and octet or bit strings that hold DER.
function parse(bytes: Buffer, depth: number): DerNode[] | undefined {
  const nodes: DerNode[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] as number;
    const first = bytes[at + 1];
    if (first === undefined) return undefined;
    const count = first < 0x80 ? 0 : first & 0x7f;
    if (count > 4 || at + 2 + count > bytes.length) return undefined;
    const length = count === 0 ? first : bytes.readUIntBE(at + 2, count);
    const start = at + 2 + count;
    if (start + length > bytes.length) return undefined;
    const content = bytes.subarray(start, start + length);
    const nested = (tag & 0x20) !== 0 || (tag === 0x04 && content.length > 4);
    nodes.push({ tag, content, children: nested && depth < 40 ? parse(content, depth + 1) : undefined });
    at = start + length;
  }
  return nodes;
}
