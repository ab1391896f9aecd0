import { either, list, object, optional, type TypeOf, text } from './shape.ts';

const KUBERNETES = {
  namespace: optional(text('Namespace; `cosign-system` by default')),
  name: text('Name of the object'),
  key: optional(text('Key of its data; may be left out where it has only one')),
};

/** Where a text may be. */
export const SOURCE_FIELDS = {
  data: optional(text('The text itself')),
  file: optional(text("A file, relative to the policy's own")),
  url: optional(text('An `https` address', { source: '^https://', words: 'an https address' })),
  secret: optional(object('A Kubernetes Secret', KUBERNETES)),
  configMap: optional(object('A Kubernetes ConfigMap', KUBERNETES)),
};
/** The names of the places, of which one is given. */
export const SOURCE_NAMES = ['data', 'file', 'url', 'secret', 'configMap'] as const;

const SOURCE_OBJECT = object('Where a text is: exactly one of these', SOURCE_FIELDS, SOURCE_NAMES);

/** PEM or JSON: a text that begins as such is meant itself, any other text is a file. */
export const SOURCE = either(
  'PEM or JSON: the text itself (`-----BEGIN …`, `{…`), the name of a file, or an object that says where it is',
  text("PEM or JSON itself, or a file relative to the policy's own"),
  SOURCE_OBJECT,
);

/** A public key: as any PEM, or by reference. */
export const KEY_SOURCE = either(
  'A public key: the PEM itself (`-----BEGIN …`), the name of a file, a reference to a key service, token or plugin (`awskms://…`, `pkcs11:…`), or an object that says where it is',
  text("PEM itself, a file relative to the policy's own, or a reference such as `awskms://…`"),
  SOURCE_OBJECT,
);

/** One source or several. */
export const SOURCES = either('One source or several', SOURCE, list('Several sources', SOURCE));

/** A text of a policy language: a text is meant itself. */
export const PROGRAM = either('A text of the language: itself, or an object that says where it is', text('The text itself'), SOURCE_OBJECT);

/** A Rego module with what is asked of it. */
export const REGO = either(
  'A Rego module: itself, or an object that says where it is and what is asked of it',
  text('The module itself'),
  object(
    'A Rego module',
    {
      ...SOURCE_FIELDS,
      query: optional(text('What is asked; `data.sigstore.isCompliant` by default, as in policy-controller')),
      version: optional(
        text('`v1` (default), or `v0`, the older syntax, which policy-controller reads', { source: '^v[01]$', words: 'v0 or v1' }),
      ),
    },
    SOURCE_NAMES,
  ),
);

export type Source = TypeOf<typeof SOURCE>;
export type RegoSource = TypeOf<typeof REGO>;
