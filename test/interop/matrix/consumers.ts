/** How each consumer verifies the evidence of a cell, in its own words, and which it knows. */
import { ISSUER, SUBJECT } from '../lab/authorities.ts';
import type { Ran } from '../lab/workshop.ts';
import { requirePeer } from '../peers.ts';
import { type Cell, inFile, isNotary } from './cells.ts';
import type { Exhibit } from './exhibits.ts';
import { notationHome, sigstoreGo } from './producers.ts';
import { SIGNATURE_TYPE, TYPE, type World, whoSigned } from './world.ts';

/** What is wrong with what is asked about: it is asked for another signer, it is moved to something else, or a byte is changed. */
export type Wrong = 'signer' | 'subject' | 'payload' | 'signature';

/** Who verifies. */
export interface Consumer {
  readonly name: string;
  readonly knows: (cell: Cell) => boolean;
  /** Asks whether the right one, or somebody else, has signed it. */
  readonly ask: (world: World, cell: Cell, exhibit: Exhibit, right: boolean) => Promise<Ran>;
  /** Whether it says no, because of the evidence. */
  readonly no: (ran: Ran) => boolean;
  /** Why it is not asked: a check that this peer does not make. */
  readonly overlooks?: (cell: Cell, wrong: Wrong) => string | undefined;
}

function isImage({ subject }: Cell): boolean {
  return subject === 'image' || subject === 'index';
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

/** A peer says no with any code but 0; what it says of its own flags, files and connections is no answer. */
function isRefusal({ code, stderr }: Ran): boolean {
  return (
    code !== 0 && !/no such file|unknown (?:shorthand )?flag|flag provided but not|connection refused|deadline exceeded|panic:/.test(stderr)
  );
}

const assay: Consumer = {
  name: 'assay',
  knows: () => true,
  // Nothing found would be a no for the wrong reason.
  no: ({ code, stdout }) => code === 1 && !/"outcome": *"unsigned"/.test(stdout),
  ask(world, cell, exhibit, right) {
    const { workshop, trustedRoot } = world;
    if (!isNotary(cell.form)) {
      const bundle =
        cell.form === 'bundle file' && isImage(cell) ? ['verify-bundle', '--bundle', exhibit.evidence, exhibit.digest] : undefined;
      const who = [...whoSigned(cell, exhibit.key, right), '--trusted-root', trustedRoot];
      return workshop.assay([...(bundle ?? question(cell, exhibit)), ...who, '-o', 'json']);
    }
    const home = `${right ? 'config' : 'stranger'}/notation`;
    const store = ['--trust-store', `${home}/truststore`, '-m', 'stage=prod'];
    if (inFile(cell.form)) {
      const policy = ['--trust-policy', `${home}/trustpolicy.blob.json`, '--signature', exhibit.evidence];
      return workshop.assay(['verify-blob', ...policy, ...store, exhibit.artifact, '-o', 'json']);
    }
    return workshop.assay(['verify', '--trust-policy', `${home}/trustpolicy.json`, ...store, reference(exhibit), '-o', 'json']);
  },
};

function chain(world: World, { signer }: Cell): readonly string[] {
  return signer === 'certificate' ? ['--certificate-chain', world.chain] : [];
}

function plainHttp(cell: Cell): readonly string[] {
  return inFile(cell.form) ? [] : ['--allow-http-registry'];
}

const cosign3: Consumer = {
  name: 'cosign 3.1',
  overlooks: trustsTheFile,
  no: isRefusal,
  knows: ({ form }) => !isNotary(form),
  ask(world, cell, exhibit, right) {
    const [verb = '', ...rest] = question(cell, exhibit);
    // It takes a trusted root for bundles and tags; for the older files variables and flags name who is trusted.
    const older = ['--new-bundle-format=false', ...chain(world, cell)];
    const trust = cell.form === 'older file' ? older : ['--trusted-root', world.trustedRoot];
    const argv = [verb, ...plainHttp(cell), ...whoSigned(cell, exhibit.key, right), ...trust, ...rest];
    return world.workshop.cosign('3', argv, world.instance.env);
  },
};

const cosign2: Consumer = {
  name: 'cosign 2.5',
  overlooks: trustsTheFile,
  no: isRefusal,
  // It refuses entries of Rekor v2, and makes no other bundles in a registry than it reads.
  knows: ({ form, log }) => !isNotary(form) && log === 'v1',
  ask(world, cell, exhibit, right) {
    const [verb = '', ...rest] = question(cell, exhibit);
    const modern = cell.form.startsWith('bundle');
    // It takes a trusted root for bundles only; else variables and flags name who is trusted.
    const trust = modern ? ['--new-bundle-format', '--trusted-root', world.trustedRoot] : chain(world, cell);
    const who = whoSigned(cell, exhibit.key, right);
    return world.workshop.cosign('2.5', [verb, ...plainHttp(cell), ...who, ...trust, ...rest], world.instance.env);
  },
};

const notation: Consumer = {
  name: 'notation',
  no: isRefusal,
  knows: ({ form }) => isNotary(form) && !inFile(form),
  ask(world, _cell, exhibit, right) {
    const { path } = requirePeer({ skip: () => {} }, 'notation', '1');
    const argv = ['verify', '--insecure-registry', '-m', 'stage=prod', reference(exhibit)];
    return world.workshop.peer(path, argv, notationHome(world, right ? 'config' : 'stranger'));
  },
};

/** An older file holds the public key, and cosign verifies by that key, whichever `--key` names. */
function trustsTheFile({ form, signer }: Cell, wrong: Wrong): string | undefined {
  return form === 'older file' && signer === 'key' && wrong === 'signer'
    ? 'takes the key in an older file for the one that is asked for'
    : undefined;
}

function goIdentity(cell: Cell, exhibit: Exhibit, right: boolean): readonly string[] {
  if (cell.signer === 'key') return ['-publicKey', right ? exhibit.key : 'stranger.pub'];
  return ['-expectedIssuer', ISSUER, '-expectedSAN', right ? SUBJECT : 'eve@acme.example'];
}

const sigstoreGoVerification: Consumer = {
  name: 'sigstore-go-verification',
  no: isRefusal,
  knows: ({ form }) => form.startsWith('bundle'),
  ask(world, cell, exhibit, right) {
    const promise = [`-requireCTlog=${cell.signer === 'keyless'}`];
    const trust = ['-trustedrootJSONpath', world.trustedRoot, ...promise, '-artifact', exhibit.artifact];
    return world.workshop.peer(sigstoreGo('sigstore-go-verification'), [...trust, ...goIdentity(cell, exhibit, right), exhibit.evidence]);
  },
};

const ociImageVerification: Consumer = {
  name: 'oci-image-verification',
  overlooks: (_cell, wrong) => (wrong === 'subject' ? 'does not read which image the payload is about' : undefined),
  no: isRefusal,
  // It reads certificates from the tag, of which it wants a promise, and knows no attestations there.
  knows: ({ form, signer, subject }) => form === 'cosign tag' && signer === 'keyless' && subject !== 'attestation',
  ask(world, cell, exhibit, right) {
    const flags = ['-trustedrootJSONpath', world.trustedRoot, '-ociImage', reference(exhibit), ...goIdentity(cell, exhibit, right)];
    return world.workshop.peer(sigstoreGo('oci-image-verification'), flags);
  },
};

/** Every consumer. */
export const CONSUMERS: readonly Consumer[] = [assay, cosign3, cosign2, notation, sigstoreGoVerification, ociImageVerification];
