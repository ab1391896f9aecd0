/** How each producer makes the evidence of a cell, in its own words. */

import { SUBJECT } from '../lab/authorities.ts';
import type { Ran } from '../lab/workshop.ts';
import { requirePeer } from '../peers.ts';
import type { Cell, Producer } from './cells.ts';
import type { Exhibit } from './exhibits.ts';
import { SIGNATURE_TYPE, TYPE, type World } from './world.ts';

type Produce = (world: World, cell: Cell, exhibit: Exhibit) => Promise<Ran>;

/** Makes the evidence. Throws what the producer said when it failed. */
export async function produce(world: World, cell: Cell, exhibit: Exhibit): Promise<void> {
  const ran = await HOW[cell.producer](world, cell, exhibit);
  if (ran.code !== 0) throw new Error(`${cell.producer} fails (exit ${ran.code}):\n${ran.stdout}${ran.stderr}`);
}

const HOW: Readonly<Record<Producer, Produce>> = {
  assay: byAssay,
  'cosign 2.5': byCosign2,
  'cosign 3.1': byCosign3,
  notation: byNotation,
  'sigstore-go': bySigstoreGo,
};

const PAIR = ['-a', 'stage=prod'];
const PREDICATE = ['--type', TYPE, '--predicate', 'predicate.json'];

function reference({ image }: Exhibit): string {
  if (image === undefined) throw new Error('not about an image');
  return image.reference;
}

/** The verb and what is signed; `file` is the flags that make a file of it. */
function task(cell: Cell, exhibit: Exhibit, file: readonly string[]): readonly string[] {
  const { subject, form } = cell;
  if (form === 'bundle file' || form === 'older file') {
    if (subject === 'blob') return ['sign-blob', ...file, exhibit.artifact];
    if (subject === 'attestation') return ['attest-blob', ...PREDICATE, ...file, exhibit.artifact];
    return ['sign', ...PAIR, '--upload=false', ...file, reference(exhibit)];
  }
  return subject === 'attestation' ? ['attest', ...PREDICATE, reference(exhibit)] : ['sign', ...PAIR, reference(exhibit)];
}

/** What is entered in Rekor v2 always is; of the tags those without a key, as sigstore-go's program wants it. */
function isStamped({ form, signer }: Cell): boolean {
  return form === 'cosign tag' && signer === 'keyless';
}

function stamps(world: World, cell: Cell): readonly string[] {
  return isStamped(cell) ? [`--timestamp-server-url=${world.timestampUrl}`] : [];
}

function services(world: World, cell: Cell): readonly string[] {
  const first = isStamped(cell) ? world.config['v1-stamped'] : world.config.v1;
  return ['--signing-config', cell.log === 'v1' ? first : world.config.v2, '--trusted-root', world.trustedRoot];
}

async function byAssay(world: World, cell: Cell, exhibit: Exhibit): Promise<Ran> {
  const { workshop } = world;
  const env = { COSIGN_PASSWORD: '', XDG_CONFIG_HOME: workshop.path('config') };
  const notary = /^(jws|cose) (referrer|file)$/.exec(cell.form);
  if (notary !== null) {
    const how = ['--format', notary[1] === 'cose' ? 'notation-cose' : 'notation', '--key', 'p256', '-m', 'stage=prod'];
    if (notary[2] === 'referrer') return workshop.assay(['sign', ...how, reference(exhibit)], env);
    const ran = await workshop.assay(['sign-blob', ...how, exhibit.artifact], env);
    if (ran.code === 0) workshop.write(exhibit.evidence, workshop.read(`${exhibit.artifact}.${notary[1]}.sig`));
    return ran;
  }
  const [verb = '', ...rest] = task(cell, exhibit, [
    '--bundle',
    exhibit.evidence,
    ...(cell.form === 'older file' ? ['--new-bundle-format=false'] : []),
  ]);
  const form = cell.form === 'cosign tag' ? ['--format', 'cosign-tag'] : [];
  const unpromised = cell.signer === 'certificate' ? ['--insecure-skip-verify'] : [];
  return workshop.assay([verb, '-y', ...world.signer(cell.signer), ...services(world, cell), ...form, ...unpromised, ...rest], env);
}

function byCosign2(world: World, cell: Cell, exhibit: Exhibit): Promise<Ran> {
  const { workshop, instance } = world;
  const modern = cell.form.startsWith('bundle') ? ['--new-bundle-format'] : [];
  const [verb = '', ...rest] = task(cell, exhibit, ['--bundle', exhibit.evidence]);
  const registry = verb === 'sign' || verb === 'attest' ? ['--allow-http-registry'] : [];
  const where = [`--rekor-url=${instance.url}`, ...(cell.signer === 'keyless' ? [`--fulcio-url=${instance.url}`] : [])];
  return workshop.cosign(
    '2.5',
    [verb, '-y', ...registry, ...world.signer(cell.signer), ...where, ...stamps(world, cell), ...modern, ...rest],
    instance.env,
  );
}

function byCosign3(world: World, cell: Cell, exhibit: Exhibit): Promise<Ran> {
  const { workshop, instance } = world;
  const [verb = '', ...rest] = task(cell, exhibit, ['--bundle', exhibit.evidence]);
  const registry = verb === 'sign' || verb === 'attest' ? ['--allow-http-registry'] : [];
  const older = ['--use-signing-config=false', '--new-bundle-format=false', `--rekor-url=${instance.url}`, `--fulcio-url=${instance.url}`];
  const how = cell.form === 'cosign tag' || cell.form === 'older file' ? [...older, ...stamps(world, cell)] : services(world, cell);
  return workshop.cosign('3', [verb, '-y', ...registry, ...world.signer(cell.signer), ...how, ...rest], instance.env);
}

function byNotation(world: World, cell: Cell, exhibit: Exhibit): Promise<Ran> {
  const { workshop } = world;
  const { path } = requirePeer({ skip: () => {} }, 'notation', '1');
  const tag = `--force-referrers-tag=${cell.place === 'docker-registry'}`;
  const how = ['--signature-format', cell.form.startsWith('jws') ? 'jws' : 'cose', '--key', 'p256', '-m', 'stage=prod'];
  return workshop.peer(path, ['sign', '--insecure-registry', tag, ...how, reference(exhibit)], notationHome(world, 'config'));
}

/** What makes notation live in a folder of the workshop. */
export function notationHome({ workshop }: World, folder: string): Readonly<Record<string, string>> {
  return { XDG_CONFIG_HOME: workshop.path(folder), XDG_CACHE_HOME: workshop.path('cache') };
}

/** It signs with a key that it makes, or has it certified; statements it signs as they are. What it prints begins with the key. */
async function bySigstoreGo(world: World, cell: Cell, exhibit: Exhibit): Promise<Ran> {
  const { workshop, instance } = world;
  const path = sigstoreGo('sigstore-go-signing');
  const token = cell.signer === 'keyless' ? ['-id-token', instance.token(SUBJECT)] : [];
  const about = cell.subject === 'blob' ? [exhibit.artifact] : ['-in-toto', writeStatement(world, cell, exhibit)];
  const flags = ['-rekor', '-tsa', '-s', world.config.v2, '-t', world.trustedRoot];
  const ran = await workshop.peer(path, [...token, ...flags, ...about]);
  const key = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----\n?/.exec(ran.stdout)?.[0] ?? '';
  workshop.write(exhibit.key, key);
  workshop.write(exhibit.evidence, ran.stdout.slice(ran.stdout.indexOf('\n{') + 1).trim());
  return ran;
}

/** A program of sigstore-go's. */
export function sigstoreGo(program: string): string {
  return requirePeer({ skip: () => {} }, 'sigstore-go').path.replace(/[^/]+$/, program);
}

function writeStatement({ workshop }: World, { subject }: Cell, { artifact, digest }: Exhibit): string {
  const signature = subject !== 'attestation';
  const about = {
    digest: { sha256: digest.slice('sha256:'.length) },
    ...(signature ? { annotations: { stage: 'prod' } } : { name: artifact }),
  };
  const said = signature ? { predicateType: SIGNATURE_TYPE, predicate: {} } : { predicateType: TYPE, predicate: { stage: 'prod' } };
  const file = `${artifact}.statement`;
  workshop.write(file, JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject: [about], ...said }));
  return file;
}
