// Starts other programs. Plain Node: this runs before anything is installed.
import { spawn } from 'node:child_process';

/**
 * Runs a program to its end with its output captured.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, timeoutMs?: number }} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>} `code` is 127 when the program is not there, 124 after the timeout
 */
export function capture(program, args, options = {}) {
  return start(program, args, options, ['ignore', 'pipe', 'pipe'], () => undefined);
}

/**
 * Runs a program to its end with its output passed on as it comes, and returned as well.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, timeoutMs?: number }} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>}
 */
export function stream(program, args, options = {}) {
  return start(program, args, options, ['ignore', 'pipe', 'pipe'], (chunk, to) => to.write(chunk));
}

function start(program, args, options, stdio, pass) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio });
    const out = { stdout: '', stderr: '' };
    let timedOut = false;
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => expire(), options.timeoutMs);
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8');
      child[name].on('data', (chunk) => {
        out[name] += chunk;
        pass(chunk, process[name]);
      });
    }
    child.on('error', (error) => finish(127, `${out.stderr}${program}: ${error.code === 'ENOENT' ? 'not installed' : error.message}\n`));
    child.on('close', (code, signal) =>
      finish(timedOut ? 124 : (code ?? 128), signal === null ? out.stderr : `${out.stderr}${program}: ended by ${signal}\n`),
    );

    function expire() {
      timedOut = true;
      child.kill('SIGKILL');
    }
    function finish(code, stderr) {
      clearTimeout(timer);
      resolve({ code, stdout: out.stdout, stderr });
    }
  });
}
