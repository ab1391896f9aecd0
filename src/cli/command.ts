import type { Command } from 'commander';
import type { Io } from './io.ts';
import type { Output } from './output/output.ts';
import type { Values } from './values.ts';

/** What a running command is given. */
export interface Call {
  readonly io: Io;
  /** The words that are no options. */
  readonly args: readonly string[];
  readonly options: Values;
  readonly out: Output;
  /** Ends with `registry-timeout` when `--timeout` has passed. */
  readonly signal: AbortSignal;
}

/**
 * What the module of a command exports as `command`. Only the module of the command that runs is loaded; it loads in turn what it
 * needs when it needs it.
 */
export interface CommandModule {
  /** Adds arguments, options and examples. Must not do anything else: help, completion and tests call it as well. */
  readonly configure: (command: Command) => void;
  /** The forms of the result that `--output` offers; default text, json, yaml. The first is the default. */
  readonly formats?: readonly string[];
  /** Milliseconds after which the command gives up when `--timeout` does not say otherwise; 0 never. Default `LIMITS.commandTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Does the work and answers the exit code. What it throws becomes one error on stderr, or in the one JSON object. */
  readonly execute: (call: Call) => Promise<number>;
}
