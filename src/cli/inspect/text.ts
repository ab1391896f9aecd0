import { isIndexType } from '../../oci/media-types.ts';
import { formatSize } from '../size.ts';
import { columns } from '../text/columns.ts';
import { shortDigest } from '../text/digest.ts';
import { printable } from '../text/printable.ts';
import type { Style } from '../text/style.ts';
import { platformName } from '../tree/text.ts';
import type { HistoryEntry, ImageConfig } from './config.ts';
import type { Inspection, Part } from './read.ts';

/** An inspection for people: one block an image. */
export function inspectText({ image, parts, unsigned }: Inspection, style: Style, verbose: boolean): string {
  const kind = isIndexType(image.manifest.mediaType)
    ? `index of ${parts.map((p) => printable(platformName(p.platform))).join(', ')}`
    : (image.manifest.artifactType ?? 'image');
  const lines = [style.bold(printable(image.text)), `  ${image.digest}${style.dot}${printable(kind, 200)}`];
  lines.push(...pairs(image.manifest.annotations).map((line) => `  ${line}`));
  for (const part of parts) lines.push('', ...partLines(part, style, verbose));
  if (unsigned.length > 0)
    lines.push(
      '',
      `  ${unsigned.length} ${unsigned.length === 1 ? 'attestation manifest' : 'attestation manifests'} of BuildKit, unsigned: assay tree shows them`,
    );
  return `${lines.join('\n')}\n`;
}

function partLines(p: Part, style: Style, verbose: boolean): string[] {
  const size = p.layers.reduce((sum, l) => sum + l.size, 0);
  const name = p.platform === undefined ? (p.artifactType ?? p.mediaType) : platformName(p.platform);
  const known = p.error === undefined || p.layers.length > 0;
  const layers = known ? [`${p.layers.length} ${p.layers.length === 1 ? 'layer' : 'layers'}, ${formatSize(size)}`] : [];
  const head = [`  ${style.bold(printable(name))}`, shortDigest(p.digest, verbose), ...layers].join('   ');
  const lines = [head];
  if (p.error !== undefined) lines.push(`    ${style.mark('unknown')} ${printable(p.error.message, 300)}`);
  if (p.config !== undefined) lines.push(...configFacts(p.config).map((line) => `    ${line}`));
  if (p.layers.length > 0) lines.push('    layers', ...layerLines(p, verbose));
  const history = p.config?.history ?? [];
  if (history.length > 0) lines.push('    history', ...history.map((h) => `      ${historyLine(h, style, verbose)}`));
  return lines;
}

function configFacts(c: ImageConfig): string[] {
  const rows: (readonly [string, string])[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') rows.push([name, printable(value, 300)]);
  };
  add('created', c.created);
  add('author', c.author);
  add('user', c.user);
  add('entrypoint', c.entrypoint.join(' '));
  add('command', c.cmd.join(' '));
  add('folder', c.workingDir);
  add('ports', c.exposedPorts.join(', '));
  add('volumes', c.volumes.join(', '));
  for (const variable of c.env) add('env', variable);
  for (const [k, v] of c.labels) add('label', `${k}=${v}`);
  return columns(rows);
}

function layerLines(p: Part, verbose: boolean): string[] {
  return columns(
    p.layers.map((l, i) => [`      ${i + 1}`, shortDigest(l.digest, verbose), formatSize(l.size), printable(l.mediaType, 100)]),
  );
}

function historyLine(h: HistoryEntry, style: Style, verbose: boolean): string {
  const by = printable((h.createdBy ?? h.comment ?? '').replaceAll('\t', ' '), verbose ? 4000 : 110);
  return `${h.created?.slice(0, 10) ?? style.dash.padEnd(10)}   ${by}${h.emptyLayer ? style.dim('   (no layer)') : ''}`.trimEnd();
}

function pairs(annotations: ReadonlyMap<string, string>): string[] {
  return columns([...annotations].map(([k, v]) => ['annotation', `${printable(k, 200)}=${printable(v, 300)}`]));
}
