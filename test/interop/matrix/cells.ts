/** The table: who makes evidence × with what × in which form × about what × where. What cannot exist says why. */

/** Who makes evidence. */
export const PRODUCERS = ['assay', 'cosign 2.5', 'cosign 3.1', 'notation', 'sigstore-go'] as const;
/** With what it is signed. */
export const SIGNERS = ['key', 'certificate', 'keyless'] as const;
/** How it is stored. */
export const FORMS = [
  'cosign tag',
  'bundle referrer',
  'jws referrer',
  'cose referrer',
  'bundle file',
  'older file',
  'jws file',
  'cose file',
] as const;
/** What it is about: signatures of images, indexes and files; attestations about images, or, in files, about files. */
export const SUBJECTS = ['image', 'index', 'attestation', 'blob'] as const;
/** Where it is. */
export const PLACES = ['docker-registry', 'referrers API', 'no registry'] as const;

/** Who makes evidence. */
export type Producer = (typeof PRODUCERS)[number];
/** With what it is signed. */
export type Signer = (typeof SIGNERS)[number];
/** How it is stored. */
export type Form = (typeof FORMS)[number];
/** What it is about. */
export type Subject = (typeof SUBJECTS)[number];
/** Where it is. */
export type Place = (typeof PLACES)[number];

/** One cell of the matrix. */
export interface Cell {
  readonly name: string;
  readonly producer: Producer;
  readonly signer: Signer;
  readonly form: Form;
  readonly subject: Subject;
  readonly place: Place;
  /** The log that it is entered in: cosign 2.5 and its forms know the first version only; what else it reads is made with either. */
  readonly log: 'v1' | 'v2' | 'none';
}

/** A cell that cannot exist. */
export interface Impossible {
  readonly name: string;
  readonly why: string;
}

/** Whether evidence of this form is in a file. */
export function inFile(form: Form): boolean {
  return form.endsWith(' file');
}

/** Whether it is an envelope of the Notary Project's. */
export function isNotary(form: Form): boolean {
  return form.startsWith('jws') || form.startsWith('cose');
}

/** Every cell, and everything that cannot be one. */
export function table(): { readonly cells: readonly Cell[]; readonly impossible: readonly Impossible[] } {
  const cells: Cell[] = [];
  const impossible: Impossible[] = [];
  for (const producer of PRODUCERS)
    for (const signer of SIGNERS)
      for (const form of FORMS)
        for (const subject of SUBJECTS)
          for (const place of PLACES) {
            // Files are nowhere else, and what is in a registry is in one of the two: no cells, and nothing to explain.
            if (inFile(form) !== (place === 'no registry')) continue;
            const name = `${producer}, ${signer}, ${form}, ${subject}, ${place}`;
            const why = impossibleBecause(producer, signer, form, subject);
            const cell = { name, producer, signer, form, subject, place, log: logOf(producer, form) };
            if (why === undefined) cells.push(cell);
            else impossible.push({ name, why });
            if (why === undefined && isForOlderReaders(cell)) cells.push({ ...cell, name: `${name}, Rekor v1`, log: 'v1' });
          }
  return { cells, impossible };
}

/** Bundles that cosign 2.5 reads too, when an older log has them. */
function isForOlderReaders({ producer, signer, form, subject }: Cell): boolean {
  const current = producer === 'assay' || producer === 'cosign 3.1';
  return current && signer !== 'certificate' && form.startsWith('bundle') && (subject === 'attestation' || subject === 'blob');
}

function logOf(producer: Producer, form: Form): Cell['log'] {
  if (isNotary(form)) return 'none';
  return form === 'cosign tag' || form === 'older file' || producer === 'cosign 2.5' ? 'v1' : 'v2';
}

function impossibleBecause(producer: Producer, signer: Signer, form: Form, subject: Subject): string | undefined {
  return becauseOfForm(signer, form, subject) ?? BECAUSE_OF_PRODUCER[producer](signer, form, subject);
}

function becauseOfForm(signer: Signer, form: Form, subject: Subject): string | undefined {
  if (!inFile(form) && subject === 'blob') return 'a registry lists evidence about manifests, and a file has none';
  if (isNotary(form)) {
    if (signer !== 'certificate') return 'the Notary Project signs with certificates of X.509 alone';
    if (subject === 'attestation') return 'the Notary Project has no attestations';
    if (inFile(form) && subject !== 'blob') return "a Notary Project signature of an image is the image's referrer";
  }
  if (form === 'older file' && (subject === 'image' || subject === 'index')) {
    return "cosign's older files about an image are attached to its tag, where they are asked for";
  }
  return undefined;
}

type Because = (signer: Signer, form: Form, subject: Subject) => string | undefined;

const BECAUSE_OF_PRODUCER: Readonly<Record<Producer, Because>> = {
  assay: () => undefined,
  'cosign 2.5': (signer, form, subject) => {
    if (isNotary(form)) return 'cosign does not write the Notary Project’s envelopes';
    if (form === 'bundle referrer' && subject !== 'attestation') return 'cosign 2.5 signs images in its tags alone';
    if (form === 'bundle file' && (subject === 'image' || subject === 'index'))
      return 'cosign 2.5 writes no bundle about an image to a file';
    if (inFile(form) && subject === 'blob' && signer === 'certificate') return "cosign 2.5's sign-blob takes no certificate";
    return undefined;
  },
  'cosign 3.1': (_signer, form) => (isNotary(form) ? 'cosign does not write the Notary Project’s envelopes' : undefined),
  notation: (_signer, form) => {
    if (!isNotary(form)) return 'notation writes its own envelopes alone';
    return inFile(form) ? 'notation 1.3 signs no files' : undefined;
  },
  'sigstore-go': (signer, form) => {
    if (form !== 'bundle file') return "sigstore-go's program writes bundles to files alone";
    return signer === 'certificate' ? "sigstore-go's program takes no certificate" : undefined;
  },
};
