import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../../src/oci/digest.ts';
import { type LayoutEntry, packTar, writeLayout } from '../../src/oci/index.ts';
import {
  BUNDLE_V03,
  DSSE_ENVELOPE,
  NOTATION_SIGNATURE,
  OCI_CONFIG,
  OCI_EMPTY,
  OCI_INDEX,
  OCI_MANIFEST,
  SIMPLE_SIGNING,
} from '../../src/oci/media-types.ts';
import type { TestRegistry } from '../../src/testing/registry/index.ts';

/** What names content in a manifest. */
export interface Named {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [more: string]: unknown;
}

/** A repository that the corpus is pushed to: everything in it is the same at every run, its digests included. */
export interface Shelf {
  blob(mediaType: string, content: string | Buffer): Named;
  manifest(document: object, tag?: string): Named;
}

/** A repository of the test registry, filled without going over HTTP. */
export function shelfOf(registry: TestRegistry, name: string): Shelf {
  const { content } = registry;
  return {
    blob(mediaType, text) {
      const bytes = Buffer.from(text);
      const digest = digestOf(bytes);
      content.blobs.set(digest, bytes);
      content.repository(name).blobs.add(digest);
      return { mediaType, digest, size: bytes.length };
    },
    manifest(document, tag) {
      const body = Buffer.from(JSON.stringify({ schemaVersion: 2, ...document }));
      const digest = digestOf(body);
      const type = (document as { mediaType: string }).mediaType;
      content.repository(name).manifests.set(digest, { type, body });
      if (tag !== undefined) content.repository(name).tags.set(tag, digest);
      return { mediaType: type, digest, size: body.length };
    },
  };
}

const LAYER = 'application/vnd.oci.image.layer.v1.tar';
/** A layer whose names try to paint the terminal; compressed once, because versions of zlib compress differently. */
const HOSTILE =
  'H4sIAAAAAAACA0ssKNBPLcvMkY42Nsx91LAuLzE3lYHKwMDAwMDMxARMGxgYoNMGBgaGSGwDBgNDQ3MzMwYFAwY6gNLiksQiBgO62DUIQQXDKBjJILGgQF+vPEMvPyeFZnYQzv/obHNzA/PR/D8KRsEoGAW0BAD7WWlnAAoAAA==';

/** An image with a configuration and two layers. */
export function image(shelf: Shelf, architecture: string, tag?: string): Named {
  const files = new Map([
    ['etc/os-release', Buffer.from(`ID=assay\nARCH=${architecture}\n`)],
    ['usr/bin/hello', Buffer.from('#!/bin/sh\necho hello\n')],
  ]);
  const base = packTar(files);
  const config = {
    created: '2026-11-19T08:13:51Z',
    architecture,
    os: 'linux',
    config: {
      Env: ['PATH=/usr/bin'],
      Entrypoint: ['/usr/bin/hello'],
      User: '1000',
      WorkingDir: '/app',
      ExposedPorts: { '8080/tcp': {} },
      Labels: { 'org.opencontainers.image.source': 'https://github.com/acme/app' },
    },
    rootfs: { type: 'layers', diff_ids: [digestOf(packTar(files)), digestOf(Buffer.from('other'))] },
    history: [
      { created: '2026-11-19T08:13:50Z', created_by: '/bin/sh -c #(nop) ADD file:base in /' },
      { created: '2026-11-19T08:13:51Z', created_by: 'ENTRYPOINT ["/usr/bin/hello"]', empty_layer: true },
      { created: '2026-11-19T08:13:51Z', created_by: 'COPY app /app' },
    ],
  };
  return shelf.manifest(
    {
      mediaType: OCI_MANIFEST,
      config: shelf.blob(OCI_CONFIG, JSON.stringify(config)),
      layers: [shelf.blob(LAYER, base), shelf.blob(`${LAYER}+gzip`, Buffer.from(HOSTILE, 'base64'))],
    },
    tag,
  );
}

/** A bundle by a key whose signature nobody made: it decodes, and would not verify. */
export function bundle(statement: object): string {
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  const dsseEnvelope = {
    payload,
    payloadType: 'application/vnd.in-toto+json',
    signatures: [{ sig: Buffer.from('a signature').toString('base64') }],
  };
  return JSON.stringify({ mediaType: BUNDLE_V03, verificationMaterial: { publicKey: { hint: 'aGludA==' } }, dsseEnvelope });
}

/** A statement about a subject. */
export function statement(subject: Named, predicateType: string, predicate: object = {}): object {
  return { _type: 'https://in-toto.io/Statement/v1', subject: [{ digest: { sha256: subject.digest.slice(7) } }], predicateType, predicate };
}

/** A manifest with a subject. */
export function referrer(
  shelf: Shelf,
  subject: Named,
  artifactType: string,
  layer: Named,
  annotations: Record<string, string> = {},
): Named {
  const { mediaType, digest, size } = subject;
  return shelf.manifest({
    mediaType: OCI_MANIFEST,
    artifactType,
    config: shelf.blob(OCI_EMPTY, '{}'),
    layers: [layer],
    subject: { mediaType, digest, size },
    annotations,
  });
}

/** The repository `app`: an index of two images with evidence in every storage form, and a plain image without any. */
export function fillApp(shelf: Shelf): void {
  const amd64 = image(shelf, 'amd64');
  const arm64 = image(shelf, 'arm64');
  const buildkit = shelf.manifest({
    mediaType: OCI_MANIFEST,
    config: shelf.blob(OCI_CONFIG, '{}'),
    layers: [
      {
        ...shelf.blob('application/vnd.in-toto+json', '{"provenance":1}'),
        annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' },
      },
    ],
  });
  const index = shelf.manifest(
    {
      mediaType: OCI_INDEX,
      manifests: [
        { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
        { ...arm64, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
        {
          ...buildkit,
          platform: { os: 'unknown', architecture: 'unknown' },
          annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': amd64.digest },
        },
      ],
    },
    'v1',
  );
  shelf.manifest({ mediaType: OCI_MANIFEST, config: shelf.blob(OCI_CONFIG, '{"os":"linux","architecture":"amd64"}'), layers: [] }, 'plain');
  attach(shelf, index);
}

function attach(shelf: Shelf, index: Named): void {
  const sign = 'https://sigstore.dev/cosign/sign/v1';
  const slsa = 'https://slsa.dev/provenance/v1';
  referrer(shelf, index, BUNDLE_V03, shelf.blob(BUNDLE_V03, bundle(statement(index, sign))), {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': sign,
  });
  referrer(shelf, index, BUNDLE_V03, shelf.blob(BUNDLE_V03, bundle(statement(index, slsa, { runDetails: {} }))), {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': slsa,
  });
  const sbom = referrer(shelf, index, 'application/spdx+json', shelf.blob('application/spdx+json', '{"spdxVersion":"SPDX-2.3"}'));
  // Written before the registry had a referrers API: only the fallback tag knows it.
  const jws = shelf.blob('application/jose+json', '{"payload":"","signatures":[]}');
  const notation = shelf.manifest({ mediaType: OCI_MANIFEST, config: shelf.blob(NOTATION_SIGNATURE, '{}'), layers: [jws] });
  shelf.manifest({ mediaType: OCI_INDEX, manifests: [{ ...notation, artifactType: NOTATION_SIGNATURE }] }, sbom.digest.replace(':', '-'));

  const payload = JSON.stringify({
    critical: {
      identity: { 'docker-reference': 'app' },
      image: { 'docker-manifest-digest': index.digest },
      type: 'cosign container image signature',
    },
    optional: null,
  });
  const simple = {
    ...shelf.blob(SIMPLE_SIGNING, payload),
    annotations: { 'dev.cosignproject.cosign/signature': Buffer.from('one').toString('base64') },
  };
  const second = { ...simple, annotations: { 'dev.cosignproject.cosign/signature': Buffer.from('two').toString('base64') } };
  const envelope = {
    payloadType: 'application/vnd.in-toto+json',
    payload: Buffer.from(JSON.stringify(statement(index, 'https://openvex.dev/ns'))).toString('base64'),
    signatures: [{ keyid: '', sig: 'c2ln' }],
  };
  const att = {
    ...shelf.blob(DSSE_ENVELOPE, JSON.stringify(envelope)),
    annotations: { predicateType: 'https://openvex.dev/ns', 'dev.cosignproject.cosign/signature': '' },
  };
  const base = index.digest.replace(':', '-');
  shelf.manifest({ mediaType: OCI_MANIFEST, config: shelf.blob(OCI_CONFIG, '{}'), layers: [simple, second] }, `${base}.sig`);
  shelf.manifest({ mediaType: OCI_MANIFEST, config: shelf.blob(OCI_CONFIG, '{}'), layers: [att] }, `${base}.att`);
  shelf.manifest(
    { mediaType: OCI_MANIFEST, config: shelf.blob(OCI_CONFIG, '{}'), layers: [shelf.blob('text/spdx+json', '{"spdxVersion":"SPDX-2.2"}')] },
    `${base}.sbom`,
  );
}

/** Folders that the transcripts name: `layout` with one image and its evidence, `two` with two images, `broken` that is none. */
export async function fillFolder(folder: string, registry: TestRegistry): Promise<void> {
  const held = registry.content.repository('app');
  const blobs = [
    ...[...held.blobs].map((digest) => registry.content.blobs.get(digest) ?? Buffer.alloc(0)),
    ...[...held.manifests.values()].map((m) => m.body),
  ];
  const entry = (tag: string, name = tag): LayoutEntry => ({
    bytes: held.manifests.get(held.tags.get(tag) ?? '')?.body ?? Buffer.alloc(0),
    tag: name,
  });
  const evidence = [...held.tags.keys()].filter((tag) => tag.startsWith('sha256-')).map((tag) => entry(tag));
  const referrers = [...held.manifests.values()].filter((m) => m.body.includes('"subject"')).map((m): LayoutEntry => ({ bytes: m.body }));
  await writeLayout(join(folder, 'layout'), { entries: [entry('v1'), ...evidence, ...referrers], blobs });
  await writeLayout(join(folder, 'two'), { entries: [entry('v1'), entry('plain')], blobs });
  await mkdir(join(folder, 'broken'), { recursive: true });
  await writeFile(join(folder, 'broken', 'index.json'), 'no JSON');
}
