/** Images with very many attachments, of which few or none are by those who are asked for. */
import { utf8 } from '../../src/bytes/index.ts';
import {
  dsseBundle,
  type EvidenceSigner,
  type EvidenceSink,
  inTotoStatement,
  PREDICATES,
  type Pushed,
  pushBundle,
  pushImage,
  registrySink,
  type SigningKey,
  sharedKey,
} from '../../src/testing/index.ts';
import type { Content } from '../../src/testing/registry/index.ts';
import { lab, stranger } from '../forgeries/lab.ts';

/** Who is asked for, and somebody else. */
export const ASKED: SigningKey = sharedKey('p256', 'asked');
export const STRANGER: SigningKey = sharedKey('p256', 'strange');

/** A repository and its image. */
export interface Corner {
  readonly sink: EvidenceSink;
  readonly image: Pushed;
}

/** A repository with one image, tagged `v1`. */
export function corner(content: Content, name = 'app'): Corner {
  const sink = registrySink(content, name);
  return { sink, image: pushImage(sink, name, { tag: 'v1' }) };
}

/** Attaches `count` bundles by a stranger's key, each with bytes, signature and digest of its own. */
export function pushStrangers({ sink, image }: Corner, count: number): readonly Pushed[] {
  return Array.from({ length: count }, (_, i) => {
    const statement = inTotoStatement(image.digest, PREDICATES.sign, { predicate: { serial: i } });
    return pushBundle(sink, image, dsseBundle(stranger, { kind: 'key', key: STRANGER }, statement));
  });
}

/** Attaches `count` bundles by a stranger to whom the trusted authority gave a certificate: all checks but the identity hold. */
export function pushKeylessStrangers({ sink, image }: Corner, count: number): readonly Pushed[] {
  return Array.from({ length: count }, (_, i) => {
    const certificate = lab.issue({ sans: [{ email: `${i}@stranger.test` }] });
    const signer: EvidenceSigner = { kind: 'certificate', certificate, chain: lab.ca.chain };
    return pushBundle(sink, image, dsseBundle(lab, signer, inTotoStatement(image.digest, PREDICATES.sign, { predicate: { serial: i } })));
  });
}

/** Attaches a bundle by the key that is asked for. */
export function pushGood({ sink, image }: Corner): Pushed {
  return pushBundle(sink, image, dsseBundle(lab, { kind: 'key', key: ASKED }, inTotoStatement(image.digest, PREDICATES.sign)));
}

/** A number of things that are no evidence: SBOMs and the like. */
export function pushOthers({ sink, image }: Corner, count: number): readonly Pushed[] {
  return Array.from({ length: count }, (_, i) =>
    pushBundle(sink, image, utf8(`{"sbom":${i},"of":${count}}`), { artifactType: 'application/vnd.example.sbom+json' }),
  );
}
