import { setTimeout as pause } from 'node:timers/promises';
import type { JsonObject } from '../../codec/json.ts';
import { LIMITS } from '../../limits.ts';
import { createSemaphore } from '../../oci/registry/http/semaphore.ts';
import { answerOf, CONTRACT, type PluginCommand } from './answer.ts';
import { type Pinned, pinnedExecutable } from './executable.ts';
import { isPluginName } from './pins.ts';
import { type Ended, type RunOptions, runProgram } from './run.ts';
import { unavailable } from './unavailable.ts';

/** What plugins are run with. */
export interface PluginHostOptions extends Pinned {
  /** Passed on as `pluginConfig`. */
  readonly config?: ReadonlyMap<string, string>;
  /** Of this only `PATH` reaches a plugin. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The only other variable: `HOME`. */
  readonly home: string;
  /** Of one call, in milliseconds; default `LIMITS.pluginMs`. */
  readonly timeoutMs?: number;
}

/** Runs plugins; the `PluginHost` of verification. */
export interface PinnedPluginHost {
  /**
   * Asks a plugin (plugin-extensibility.md, contract 1.0): the command as its argument, JSON on stdin, one JSON object on stdout. Throws
   * `plugin-unavailable` when there is no such plugin, it is not pinned, fails, is late, says too much or what is no answer; `cancelled`.
   */
  call(plugin: string, command: PluginCommand, request: unknown, signal?: AbortSignal): Promise<JsonObject>;
}

/** Of what is configured for a plugin, what it should not be heard to say. */
const SECRET_NAME = /pass|secret|token|credential|pin$|key$/i;

/** A host of the plugins in a folder, each of which runs only when the digest of its executable is pinned. */
export function createPluginHost(options: PluginHostOptions): PinnedPluginHost {
  const { config = new Map(), env, home, timeoutMs = LIMITS.pluginMs } = options;
  const semaphore = createSemaphore(LIMITS.pluginsInFlight);
  const secrets = [...config].flatMap(([name, value]) => (SECRET_NAME.test(name) && value.length >= 4 ? value : []));

  async function ask(plugin: string, command: PluginCommand, input: string, signal: AbortSignal | undefined): Promise<JsonObject> {
    const { path, folder, remove } = await pinnedExecutable(plugin, options);
    try {
      const ended = await runWhenFree(path, command, {
        cwd: folder,
        env: { PATH: env.PATH ?? '/usr/local/bin:/usr/bin:/bin', HOME: home },
        input,
        timeoutMs,
        maxBytes: LIMITS.pluginBytes,
        ...(signal === undefined ? {} : { signal }),
      });
      return answerOf(plugin, command, ended, secrets);
    } finally {
      await remove();
    }
  }

  return {
    call(plugin, command, request, signal) {
      if (!isPluginName(plugin)) return Promise.reject(unavailable(plugin.slice(0, 100), 'cannot be: that is no name of a plugin'));
      const input = JSON.stringify({
        contractVersion: CONTRACT,
        ...(request as object),
        ...(config.size === 0 ? {} : { pluginConfig: Object.fromEntries(config) }),
      });
      return semaphore.run(() => ask(plugin, command, input, signal), signal);
    },
  };
}

// Another process of ours that was started while the copy was written holds it open for a moment, until it has become the other program.
async function runWhenFree(path: string, command: string, options: RunOptions): Promise<Ended> {
  for (let pauseMs = 5; ; pauseMs *= 2) {
    const ended = await runProgram(path, [command], options);
    if (ended.kind !== 'failed' || ended.busy !== true || pauseMs > 500) return ended;
    await pause(pauseMs);
  }
}
