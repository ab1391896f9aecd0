import { closedObject, listOf, NAME, objectWith, oneOf, type Schema, TEXT, TRUTH } from '../parts.ts';

const TEXTS = listOf(TEXT);
/** UTC (SPDX 2.3, clause 6.9). The text asks for whole seconds, its published schemas do not, and tools have written fractions. */
const MOMENT: Schema = {
  type: 'string',
  pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]{1,9})?Z$',
};
const ELEMENT_ID: Schema = { type: 'string', pattern: '^SPDXRef-[a-zA-Z0-9.-]+$' };
const CHECKSUM = closedObject(['algorithm', 'checksumValue'], {
  algorithm: oneOf(
    ...'SHA1 SHA224 SHA256 SHA384 SHA512 SHA3-256 SHA3-384 SHA3-512 BLAKE2b-256 BLAKE2b-384 BLAKE2b-512 BLAKE3 MD2 MD4 MD5 MD6 ADLER32'.split(
      ' ',
    ),
  ),
  checksumValue: { type: 'string', pattern: '^[0-9a-fA-F]+$' },
});
const ANNOTATIONS = listOf(
  closedObject(['annotationDate', 'annotationType', 'annotator', 'comment'], {
    annotationDate: MOMENT,
    annotationType: oneOf('OTHER', 'REVIEW'),
    annotator: TEXT,
    comment: TEXT,
  }),
);
/** What packages, files and snippets share. */
const ITEM = {
  SPDXID: ELEMENT_ID,
  annotations: ANNOTATIONS,
  attributionTexts: TEXTS,
  comment: TEXT,
  copyrightText: TEXT,
  licenseComments: TEXT,
  licenseConcluded: TEXT,
  name: TEXT,
};

const PACKAGE = closedObject(['SPDXID', 'name', 'downloadLocation'], {
  ...ITEM,
  builtDate: MOMENT,
  checksums: listOf(CHECKSUM),
  description: TEXT,
  downloadLocation: TEXT,
  externalRefs: listOf(
    closedObject(['referenceCategory', 'referenceLocator', 'referenceType'], {
      comment: TEXT,
      referenceCategory: oneOf('OTHER', 'SECURITY', 'PERSISTENT-ID', 'PERSISTENT_ID', 'PACKAGE-MANAGER', 'PACKAGE_MANAGER'),
      referenceLocator: TEXT,
      referenceType: TEXT,
    }),
  ),
  filesAnalyzed: TRUTH,
  hasFiles: TEXTS,
  homepage: TEXT,
  licenseDeclared: TEXT,
  licenseInfoFromFiles: TEXTS,
  originator: TEXT,
  packageFileName: TEXT,
  packageVerificationCode: closedObject(['packageVerificationCodeValue'], {
    packageVerificationCodeValue: TEXT,
    packageVerificationCodeExcludedFiles: TEXTS,
  }),
  primaryPackagePurpose: oneOf(
    ...'APPLICATION FRAMEWORK LIBRARY CONTAINER OPERATING-SYSTEM DEVICE FIRMWARE SOURCE ARCHIVE FILE INSTALL OTHER'.split(' '),
    // as SPDX 2.3 had it in its first schema
    'OPERATING_SYSTEM',
  ),
  releaseDate: MOMENT,
  sourceInfo: TEXT,
  summary: TEXT,
  supplier: TEXT,
  validUntilDate: MOMENT,
  versionInfo: TEXT,
});

const FILE = closedObject(['SPDXID', 'fileName', 'checksums'], {
  ...ITEM,
  artifactOfs: listOf({ type: 'object' }),
  checksums: listOf(CHECKSUM, { minItems: 1 }),
  fileContributors: TEXTS,
  fileDependencies: TEXTS,
  fileName: TEXT,
  fileTypes: listOf(oneOf(...'SOURCE BINARY ARCHIVE APPLICATION AUDIO IMAGE TEXT VIDEO DOCUMENTATION SPDX OTHER'.split(' '))),
  licenseInfoInFiles: TEXTS,
  noticeText: TEXT,
});

const POINTER = closedObject(['reference'], { reference: TEXT, offset: { type: 'integer' }, lineNumber: { type: 'integer' } });

const SNIPPET = closedObject(['SPDXID', 'ranges', 'snippetFromFile'], {
  ...ITEM,
  licenseInfoInSnippets: TEXTS,
  ranges: listOf(closedObject(['startPointer', 'endPointer'], { startPointer: POINTER, endPointer: POINTER }), { minItems: 1 }),
  snippetFromFile: TEXT,
});

const RELATIONSHIPS =
  'DESCRIBES DESCRIBED_BY CONTAINS CONTAINED_BY DEPENDS_ON DEPENDENCY_OF DEPENDENCY_MANIFEST_OF BUILD_DEPENDENCY_OF DEV_DEPENDENCY_OF ' +
  'OPTIONAL_DEPENDENCY_OF PROVIDED_DEPENDENCY_OF TEST_DEPENDENCY_OF RUNTIME_DEPENDENCY_OF EXAMPLE_OF GENERATES GENERATED_FROM ANCESTOR_OF ' +
  'DESCENDANT_OF VARIANT_OF DISTRIBUTION_ARTIFACT PATCH_FOR PATCH_APPLIED COPY_OF FILE_ADDED FILE_DELETED FILE_MODIFIED ' +
  'EXPANDED_FROM_ARCHIVE DYNAMIC_LINK STATIC_LINK DATA_FILE_OF TEST_CASE_OF BUILD_TOOL_OF DEV_TOOL_OF TEST_OF TEST_TOOL_OF ' +
  'DOCUMENTATION_OF OPTIONAL_COMPONENT_OF METAFILE_OF PACKAGE_OF AMENDS PREREQUISITE_FOR HAS_PREREQUISITE ' +
  'REQUIREMENT_DESCRIPTION_FOR SPECIFICATION_FOR OTHER';

const LICENSING = closedObject(['licenseId', 'extractedText'], {
  comment: TEXT,
  crossRefs: listOf(
    closedObject(['url'], {
      isLive: TRUTH,
      isValid: TRUTH,
      isWayBackLink: TRUTH,
      match: TEXT,
      order: { type: 'integer' },
      timestamp: TEXT,
      url: TEXT,
    }),
  ),
  extractedText: TEXT,
  licenseId: TEXT,
  name: TEXT,
  seeAlsos: TEXTS,
});

/** An SPDX document 2.2 or 2.3 in JSON (SPDX specification 2.3, clauses 6 to 12). Licence expressions are taken as they are. */
export const SPDX_2: Schema = closedObject(['SPDXID', 'spdxVersion', 'creationInfo', 'dataLicense', 'name', 'documentNamespace'], {
  $schema: TEXT,
  SPDXID: ELEMENT_ID,
  spdxVersion: { type: 'string', pattern: '^SPDX-2\\.[23]$' },
  annotations: ANNOTATIONS,
  comment: TEXT,
  creationInfo: closedObject(['created', 'creators'], {
    comment: TEXT,
    created: MOMENT,
    creators: listOf(TEXT, { minItems: 1 }),
    licenseListVersion: TEXT,
  }),
  dataLicense: TEXT,
  documentDescribes: TEXTS,
  documentNamespace: { type: 'string', format: 'uri' },
  externalDocumentRefs: listOf(
    closedObject(['externalDocumentId', 'spdxDocument', 'checksum'], { checksum: CHECKSUM, externalDocumentId: TEXT, spdxDocument: TEXT }),
  ),
  files: listOf(FILE),
  hasExtractedLicensingInfos: listOf(LICENSING),
  name: NAME,
  packages: listOf(PACKAGE),
  relationships: listOf(
    closedObject(['spdxElementId', 'relatedSpdxElement', 'relationshipType'], {
      comment: TEXT,
      relatedSpdxElement: TEXT,
      relationshipType: oneOf(...RELATIONSHIPS.split(' ')),
      spdxElementId: TEXT,
    }),
  ),
  revieweds: listOf(closedObject(['reviewDate'], { comment: TEXT, reviewDate: MOMENT, reviewer: TEXT })),
  snippets: listOf(SNIPPET),
});

/** The frame of an SPDX document 3.0 in JSON-LD (SPDX specification 3.0, serializations): what each element says is not checked. */
export const SPDX_3: Schema = objectWith(['@context', '@graph'], {
  '@context': { type: 'string', pattern: '^https://spdx\\.org/rdf/3\\.[0-9]+\\.[0-9]+/spdx-context\\.jsonld$' },
  '@graph': listOf(
    { ...objectWith([], { type: NAME, '@type': NAME }), anyOf: [{ required: ['type'] }, { required: ['@type'] }] },
    {
      minItems: 1,
      contains: { properties: { type: { const: 'SpdxDocument' } }, required: ['type'] },
    },
  ),
});
