// The benchmark as a table for people.

const HEAD = ['row', 'ours', 'peer', 'ratio', 'target', 'met'];

/**
 * @param {{ machine: { cpu: string, cores: number, memoryMiB: number, node: string }, rows: readonly import('./row.ts').Row[] }} report
 * @returns {string}
 */
export function tableOf({ machine, rows }) {
  const lines = [
    HEAD,
    ...rows.map((r) => [r.name, `${r.ours} ${r.unit}`, `${r.peer} (${r.peerName})`, String(r.ratio), r.target, r.met ? 'yes' : 'NO']),
  ];
  const widths = HEAD.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const table = lines.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
  const notes = rows.flatMap((r) => [`${r.name}: ${r.work}`, ...Object.entries(r.details).map(([name, value]) => `    ${name}: ${value}`)]);
  return [`${machine.cpu}, ${machine.cores} cores, ${machine.memoryMiB} MiB, Node ${machine.node}`, '', ...table, '', ...notes, ''].join(
    '\n',
  );
}
