/** The CEL library behind one file: its values, its parser and planner, and the types that it does not have. */

import type { CelFunc, CelInput, CelResult, CelType, CelValue } from '@bufbuild/cel';
import { CelScalar, celEnv, celFunc, celMethod, celType, listType, mapType, objectType, parse, plan } from '@bufbuild/cel';
import type { DescMessage, Registry } from '@bufbuild/protobuf';
import { create, createFileRegistry, createRegistry } from '@bufbuild/protobuf';
import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import { isReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { DurationSchema, FileDescriptorProtoSchema, FileDescriptorSetSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';

export type { CelFunc, CelInput, CelList, CelMap, CelResult, CelType, CelUint, CelValue } from '@bufbuild/cel';
export { celError, celList, celMap, celType, celUint, isCelError, isCelList, isCelMap, isCelType, isCelUint } from '@bufbuild/cel';

/** A node of the syntax tree. */
export type Expr = ReturnType<typeof parse>['expr'];
/** What a node can be. */
export type ExprKind = Expr['exprKind'];

type Scalar = 'BOOL' | 'BYTES' | 'DOUBLE' | 'DYN' | 'INT' | 'STRING' | 'UINT';
export const { BOOL, BYTES, DOUBLE, DYN, INT, STRING, UINT }: Readonly<Record<Scalar, CelType>> = CelScalar;
export const LIST: CelType = listType(DYN);
export const MAP: CelType = mapType(DYN, DYN);
export const TIMESTAMP: CelType = objectType(TimestampSchema);
export const DURATION: CelType = objectType(DurationSchema);

/** The body of a function. Its parameters are of the types that stand in the signature: the library compares them before it calls. */
type Body = (...args: never[]) => CelInput;

/** A function `name(args)`. What the body throws becomes the error of the evaluation. */
export function func(name: string, args: readonly CelType[], body: Body): CelFunc {
  // The library has checked the arguments against the signature, which the compiler cannot see.
  const run = body as (...args: readonly CelValue[]) => CelInput;
  return celFunc(name, args, DYN, (...values: CelValue[]) => run(...values));
}

/** A method `target.name(args)`; the body's first parameter is the target. */
export function method(name: string, target: CelType, args: readonly CelType[], body: Body): CelFunc {
  // As above.
  const run = body as (...args: readonly CelValue[]) => CelInput;
  return celMethod(name, target, args, DYN, function (this: CelValue, ...values: CelValue[]) {
    return run(this, ...values);
  });
}

const payloads = new WeakMap<ReflectMessage, unknown>();
const equalities = new Map<string, (a: never, b: never) => boolean>();
const descriptions: DescMessage[] = [];

/** A type of CEL that has no fields: only functions look into it. */
export interface Opaque<T> {
  readonly type: CelType;
  readonly wrap: (payload: T) => CelValue & CelInput;
  /** The payload, or undefined for a value of another type. */
  readonly open: (value: unknown) => T | undefined;
}

/** Makes such a type. The library knows objects only as protobuf messages, so each is an empty message with something beside it. */
export function opaque<T extends object>(typeName: string, equal: (a: T, b: T) => boolean): Opaque<T> {
  const dot = typeName.lastIndexOf('.');
  const file = create(FileDescriptorProtoSchema, {
    name: `${typeName}.proto`,
    package: dot < 0 ? '' : typeName.slice(0, dot),
    syntax: 'proto3',
    messageType: [{ name: typeName.slice(dot + 1) }],
  });
  const description = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage(typeName);
  if (description === undefined) throw new TypeError(typeName);
  descriptions.push(description);
  equalities.set(typeName, equal);
  const message = create(description);
  return {
    type: objectType(description),
    wrap(payload) {
      const value = reflect(description, message);
      payloads.set(value, payload);
      return value;
    },
    open(value) {
      if (!isReflectMessage(value) || value.desc !== description) return undefined;
      // Only wrap makes values with this description.
      return payloads.get(value) as T | undefined;
    },
  };
}

/** Whether two values of opaque types are equal; undefined when they are not both opaque. */
export function opaqueEqual(a: unknown, b: unknown): boolean | undefined {
  if (!isReflectMessage(a) || !isReflectMessage(b)) return undefined;
  const left = payloads.get(a);
  const right = payloads.get(b);
  if (left === undefined && right === undefined) return undefined;
  if (left === undefined || right === undefined || a.desc !== b.desc) return false;
  const equal = equalities.get(a.desc.typeName);
  // The description says of which type both payloads are.
  return equal?.(left as never, right as never) ?? false;
}

/** A moment or a span as protobuf has it: whole seconds and nanoseconds of the same sign (of moments: never negative). */
export interface Span {
  readonly seconds: bigint;
  readonly nanos: number;
}

/** A `google.protobuf.Timestamp`. */
export function timestampOf(span: Span): CelInput {
  return create(TimestampSchema, span);
}

/** A `google.protobuf.Duration`. */
export function durationOf(span: Span): CelInput {
  return create(DurationSchema, span);
}

/** The seconds and nanoseconds of a moment; undefined for anything else. */
export function openTimestamp(value: unknown): Span | undefined {
  return isReflectMessage(value, TimestampSchema) ? (value.message as unknown as Span) : undefined;
}

/** The seconds and nanoseconds of a span; undefined for anything else. */
export function openDuration(value: unknown): Span | undefined {
  return isReflectMessage(value, DurationSchema) ? (value.message as unknown as Span) : undefined;
}

/** Whether a value is a protobuf message that is neither opaque nor a moment nor a span: policies have none, the conformance suite has. */
export function isMessage(value: unknown): value is ReflectMessage {
  return isReflectMessage(value);
}

/** A parsed text. Throws the library's error, which `syntaxPosition` reads. */
export function parseText(text: string): Expr {
  return parse(text).expr;
}

/** A parsed text with the offsets of its nodes by their ids. Throws as `parseText`. */
export function parseTextWithPositions(text: string): { readonly expr: Expr; readonly positions: Readonly<Record<string, number>> } {
  const parsed = parse(text);
  return { expr: parsed.expr, positions: parsed.sourceInfo?.positions ?? {} };
}

/** Offset and words of a syntax error of the library; undefined for other errors. */
export function syntaxPosition(error: unknown): { readonly offset: number; readonly message: string } | undefined {
  if (!(error instanceof Error) || !('location' in error)) return undefined;
  const { location } = error as { location?: { start?: { offset?: number } } };
  const offset = location?.start?.offset;
  return offset === undefined ? undefined : { offset, message: error.message.replace(/^<input>:\d+:\d+: /, '') };
}

/** What plans and knows. */
export interface Engine {
  readonly plan: (expr: Expr) => (bindings: Record<string, CelInput>) => CelResult;
  /** Whether there is a function or method of the name. */
  readonly hasFunction: (name: string) => boolean;
  /** Whether there is a type, or a value of an enumeration, of the name. */
  readonly hasType: (name: string) => boolean;
}

const SCALARS = new Set(['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type']);

/** An engine with the functions, which replace the library's own of the same signature. */
export function createEngine(
  funcs: readonly CelFunc[],
  matches: (pattern: string, text: string) => boolean,
  registry?: Registry,
  namespace = '',
): Engine {
  const types = createRegistry(...descriptions, ...(registry === undefined ? [] : [registry]));
  const env = celEnv({
    namespace,
    registry: types,
    funcs: [...funcs],
    re2: { compile: (pattern) => ({ test: (text) => matches(pattern, text) }) },
  });
  return {
    plan: (expr) => {
      const run = plan(env, expr);
      return (bindings) => run(bindings);
    },
    hasFunction: (name) => env.funcs.find(name) !== undefined,
    hasType: (name) => SCALARS.has(name) || candidates(namespace, name).some((candidate) => knows(env.registry, candidate)),
  };
}

// cel-spec, "Name Resolution": the name in the container, in the container's container, and so on.
function candidates(namespace: string, name: string): string[] {
  const parts = namespace === '' ? [] : namespace.split('.');
  return [name, ...parts.map((_, i) => `${parts.slice(0, i + 1).join('.')}.${name}`)];
}

function knows(registry: Registry, name: string): boolean {
  if (registry.getMessage(name) !== undefined) return true;
  const dot = name.lastIndexOf('.');
  return dot > 0 && registry.getEnum(name.slice(0, dot))?.values.some((value) => value.name === name.slice(dot + 1)) === true;
}

/** The name of the type of a value, as `type(value)` shows it. */
export function typeName(value: CelValue): string {
  return celType(value).name;
}
