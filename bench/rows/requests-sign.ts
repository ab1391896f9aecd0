/** Requests, and levels of requests that wait for each other, of one signature. */
import { join } from 'node:path';
import { pushImage, registrySink } from '../../src/testing/authority/index.ts';
import { type BenchContext, type Measurement, type Row, rounded } from '../row.ts';
import { type BenchKeyPair, keyPair, SIGN } from './key-pair.ts';
import { type Lab, withLab } from './lab.ts';
import { type Counted, counted, label, slow } from './requests.ts';

/** A form, a kind of registry, and which cosign makes the same there. */
interface Case {
  readonly name: string;
  readonly work: string;
  readonly referrers: boolean;
  readonly version: '3' | '2.5';
  readonly ours: (key: string) => readonly string[];
  readonly theirs: (key: string) => readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'requests-sign',
    work: 'a bundle as a referrer, in a registry with the referrers API',
    referrers: true,
    version: '3',
    ours: SIGN.ours,
    theirs: SIGN.cosign3,
  },
  {
    name: 'requests-sign-fallback',
    work: 'a bundle as a referrer, in a registry without the referrers API',
    referrers: false,
    version: '3',
    ours: SIGN.ours,
    theirs: SIGN.cosign3,
  },
  {
    name: 'requests-sign-tag',
    work: "a layer of cosign's tag .sig",
    referrers: true,
    version: '2.5',
    ours: SIGN.oursTag,
    theirs: SIGN.cosign2,
  },
];

/** `requests-sign`, `requests-sign-fallback` and `requests-sign-tag`. */
export const requestsSign: Measurement = { rows: CASES.map((c) => c.name), measure: (context) => withLab((lab) => measure(lab, context)) };

async function measure(lab: Lab, context: BenchContext): Promise<readonly Row[]> {
  const pair = await keyPair(lab, context.peer('cosign', '3'));
  slow(lab.registry);
  const rows: Row[] = [];
  for (const c of CASES) rows.push(await measureCase(lab, pair, c, context));
  return rows;
}

async function measureCase(
  lab: Lab,
  { key, env }: BenchKeyPair,
  { name, work, referrers, version, ours, theirs }: Case,
  { root, peer, say }: BenchContext,
): Promise<Row> {
  const cosign = peer('cosign', version);
  say(`${name}: assay and cosign ${cosign.version}`);
  lab.registry.behaviour.referrers = referrers;
  /** The first signature in a repository of its own, and a second image's there. */
  const both = async (who: string, program: string, argv: readonly string[]): Promise<readonly [Counted, Counted]> => {
    const repository = `bench/${name}-${who}`;
    const sink = registrySink(lab.registry.content, repository);
    const image = (tag: string): string => {
      pushImage(sink, tag, { tag });
      return `${lab.registry.host}/${repository}:${tag}`;
    };
    const first = await counted(lab, program, [...argv, image('one')], env);
    return [first, await counted(lab, program, [...argv, image('two')], env)];
  };
  const [first, second] = await both('ours', process.execPath, [join(root, 'bin/assay.js'), ...ours(key)]);
  const [peerFirst, peerSecond] = await both('cosign', cosign.path, theirs(key));
  return {
    name,
    work: `requests of the first \`assay sign --key\` in a repository, without a log: ${work}. Ours look for a signature that is there already, and read back what they wrote`,
    ours: first.requests,
    peer: peerFirst.requests,
    peerName: label(cosign),
    unit: 'requests',
    ratio: rounded(first.requests / peerFirst.requests),
    target: 'no more than the peer',
    met: first.requests <= peerFirst.requests && second.requests <= peerSecond.requests,
    details: {
      levels: first.levels,
      peerLevels: peerFirst.levels,
      requestsForTheNextImage: second.requests,
      peerRequestsForTheNextImage: peerSecond.requests,
      milliseconds: rounded(first.milliseconds),
      peerMilliseconds: rounded(peerFirst.milliseconds),
      order: first.order,
    },
  };
}
