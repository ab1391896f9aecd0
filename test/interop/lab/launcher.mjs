// Starts programs for a test. To start one, a process is copied first, and copying the hundreds of megabytes of a process that runs tests takes longer than
// many a program lives; this one is small.
import { execFile } from 'node:child_process';

const running = new Set();

process.on('message', ({ id, program, argv, options }) => {
  const child = execFile(program, argv, options, (error, stdout, stderr) => {
    running.delete(child);
    const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
    if (process.connected) process.send({ id, ran: { code, stdout, stderr } });
  });
  running.add(child);
});

process.on('disconnect', () => {
  for (const child of running) child.kill('SIGKILL');
  process.exit(0);
});
