/** How each consumer verifies the evidence of a cell, in its own words, and which it knows. */
import { ISSUER, SUBJECT } from '../lab/authorities.ts';
import type { Ran } from '../lab/workshop.ts';
import { requirePeer } from '../peers.ts';
import { type Cell, inFile, isNotary } from './cells.ts';
import type { Exhibit } from './exhibits.ts';
import { notationHome, sigstoreGo } from './producers.ts';
import { SIGNATURE_TYPE, TYPE, type World, whoSigned } from './world.ts';

/** Who verifies. */
export interface Consumer {
  readonly name: string;
  readonly knows: (cell: Cell) => boolean;
  /** Asks whether the right one, or somebody else, has signed it. */
  readonly ask: (world: World, cell: Cell, exhibit: Exhibit, right: boolean) => Promise<Ran>;
  /** What it exits with when it says no; whatever is not 0 when left out. */
  readonly no?: number;
}

/** Whether it is a bundle that says what it is about in a statement. */
function isStatement({ subject }: Cell): boolean {
  return subject !== 'blob';
}

function typeOf({ subject }: Cell): string {
  return subject === 'attestation' ? TYPE : SIGNATURE_TYPE;
}

function reference({ image }: Exhibit): string {
  if (image === undefined) throw new Error('not about an image');
  return image.reference;
}

/** The verb with what it is about, the same for cosign and Assay. */
function question(cell: Cell, exhibit: Exhibit): readonly string[] {
  if (inFile(cell.form)) {
    const evidence = ['--bundle', exhibit.evidence, exhibit.artifact];
    return isStatement(cell) ? ['verify-blob-attestation', '--type', typeOf(cell), ...evidence] : ['verify-blob', ...evidence];
  }
  const where = [reference(exhibit)];
  return cell.subject === 'attestation' ? ['verify-attestation', '--type', TYPE, ...where] : ['verify', '-a', 'stage=prod', ...where];
}

const assay: Consumer = {
  name: 'assay',
  knows: () => true,
  no: 1,
  ask(world, cell, exhibit, right) {
    const { workshop, trustedRoot } = world;
    if (!isNotary(cell.form)) {
      return workshop.assay([...question(cell, exhibit), ...whoSigned(cell, exhibit.key, right), '--trusted-root', trustedRoot]);
    }
    const home = `${right ? 'config' : 'stranger'}/notation`;
    const store = ['--trust-store', `${home}/truststore`, '-m', 'stage=prod'];
    if (inFile(cell.form)) {
      const policy = ['--trust-policy', `${home}/trustpolicy.blob.json`, '--signature', exhibit.evidence];
      return workshop.assay(['verify-blob', ...policy, ...store, exhibit.artifact]);
    }
    return workshop.assay(['verify', '--trust-policy', `${home}/trustpolicy.json`, ...store, reference(exhibit)]);
  },
};

function plainHttp(cell: Cell): readonly string[] {
  return inFile(cell.form) ? [] : ['--allow-http-registry'];
}

const cosign3: Consumer = {
  name: 'cosign 3.1',
  knows: ({ form }) => !isNotary(form),
  ask(world, cell, exhibit, right) {
    const [verb = '', ...rest] = question(cell, exhibit);
    const form = cell.form === 'older file' ? ['--new-bundle-format=false'] : [];
    const who = [...whoSigned(cell, exhibit.key, right), '--trusted-root', world.trustedRoot];
    return world.workshop.cosign('3', [verb, ...plainHttp(cell), ...who, ...form, ...rest], world.instance.env);
  },
};

const cosign2: Consumer = {
  name: 'cosign 2.5',
  // It refuses entries of Rekor v2, and reads bundles of attestations alone in a registry.
  knows: ({ form, log }) => !isNotary(form) && log === 'v1' && form !== 'bundle referrer',
  ask(world, cell, exhibit, right) {
    const [verb = '', ...rest] = question(cell, exhibit);
    const modern = cell.form.startsWith('bundle');
    // It takes a trusted root for bundles only; else variables and flags name who is trusted.
    const chain = cell.signer === 'certificate' ? ['--certificate-chain', world.chain] : [];
    const trust = modern ? ['--new-bundle-format', '--trusted-root', world.trustedRoot] : chain;
    const who = whoSigned(cell, exhibit.key, right);
    return world.workshop.cosign('2.5', [verb, ...plainHttp(cell), ...who, ...trust, ...rest], world.instance.env);
  },
};

const notation: Consumer = {
  name: 'notation',
  knows: ({ form }) => isNotary(form) && !inFile(form),
  ask(world, _cell, exhibit, right) {
    const { path } = requirePeer({ skip: () => {} }, 'notation', '1');
    const argv = ['verify', '--insecure-registry', '-m', 'stage=prod', reference(exhibit)];
    return world.workshop.peer(path, argv, notationHome(world, right ? 'config' : 'stranger'));
  },
};

function goIdentity(cell: Cell, exhibit: Exhibit, right: boolean): readonly string[] {
  if (cell.signer === 'key') return ['-publicKey', right ? exhibit.key : 'stranger.pub'];
  return ['-expectedIssuer', ISSUER, '-expectedSAN', right ? SUBJECT : 'eve@acme.example'];
}

const sigstoreGoVerification: Consumer = {
  name: 'sigstore-go-verification',
  knows: ({ form }) => form.startsWith('bundle'),
  ask(world, cell, exhibit, right) {
    const promise = [`-requireCTlog=${cell.signer === 'keyless'}`];
    const trust = ['-trustedrootJSONpath', world.trustedRoot, ...promise, '-artifact', exhibit.artifact];
    return world.workshop.peer(sigstoreGo('sigstore-go-verification'), [...trust, ...goIdentity(cell, exhibit, right), exhibit.evidence]);
  },
};

const ociImageVerification: Consumer = {
  name: 'oci-image-verification',
  // It reads certificates from the tag, of which it wants a promise, and knows no attestations there.
  knows: ({ form, signer, subject }) => form === 'cosign tag' && signer === 'keyless' && subject !== 'attestation',
  ask(world, cell, exhibit, right) {
    const flags = ['-trustedrootJSONpath', world.trustedRoot, '-ociImage', reference(exhibit), ...goIdentity(cell, exhibit, right)];
    return world.workshop.peer(sigstoreGo('oci-image-verification'), flags);
  },
};

/** Every consumer. */
export const CONSUMERS: readonly Consumer[] = [assay, cosign3, cosign2, notation, sigstoreGoVerification, ociImageVerification];
