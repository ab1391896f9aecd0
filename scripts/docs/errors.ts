import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { AssayError, ERROR_GROUPS, type ErrorCode, type ErrorGroup } from '../../src/errors.ts';
import { GENERATED, type Page, tableOf } from './page.ts';

const GROUPS: Readonly<Record<ErrorGroup, string>> = {
  misuse: 'the caller: the command line, a file that was named, an option',
  'not-found': 'nobody: it is not there',
  transport: 'the network, the registry or its operator; the same call may succeed later',
  'evidence-invalid': 'who made the evidence: it is malformed',
  'policy-denied': 'who wrote the policy, or who made the image',
  unsupported: 'the caller: Assay does not do that',
  limit: 'nobody: a bound of Assay was reached (see [limits](limits.md))',
  internal: 'us: please report it',
};

const MEANINGS: Readonly<Record<ErrorCode, string>> = {
  'usage-invalid': 'the command line is wrong: an unknown command or flag, a value of another form, flags that exclude each other',
  'reference-invalid': 'a text is no image reference, repository or registry',
  'reference-ambiguous': 'a layout holds several images and none was named, or a platform fits several',
  'key-invalid': 'a key cannot be read, or is none that is accepted',
  'password-wrong': 'an encrypted key does not open with the password that was given, or none was',
  'confirmation-missing': 'something public or final would be done, and nobody said yes: a prompt could not be shown, or the answer was no',
  'token-missing': 'no identity token could be had: no provider of this environment, no terminal to sign in at',
  'token-invalid': 'an identity token cannot be read, has expired or is for another audience',
  'predicate-invalid': 'a predicate is not what the schema of its type says',
  'signing-config-invalid': 'a signing configuration cannot be read, or names no service that can be used',
  'identity-missing': 'nobody was named who has to have signed, or only half of an identity',
  'identity-invalid': 'an identity or its regular expression cannot be used',
  'trust-invalid': 'a trusted root or certificate file cannot be read',
  'file-unreadable': 'a file that was named cannot be read or written',
  'input-invalid': 'a file that was named holds something else than it should',
  'layout-invalid': 'a folder or archive is no OCI layout',
  'policy-invalid': 'a policy does not compile; the message has line and column where they are known',
  'policy-reference-missing': 'a policy names a Secret, ConfigMap, TrustRoot or key service that is not at hand: it is never met',
  'engine-missing': 'a policy is written in CUE or Rego, and their engine was not built',
  'not-found': 'the image, tag, blob or attached artifact is not there',
  'registry-unreachable': 'no connection to the registry: name, address, TLS',
  'registry-timeout': 'no whole answer in time',
  'registry-throttled': 'the registry answered 429, and again after the pauses it asked for',
  'registry-unauthorized': 'the registry answered 401 to what credentials there are',
  'registry-forbidden': 'the registry answered 403',
  'registry-error': 'the registry answered 5xx, or a status that fits no question',
  'registry-protocol': 'the answer is not what the distribution specification says',
  'redirect-refused': 'a redirect to where credentials or the connection must not go, or too many',
  'credentials-unavailable': "Docker's configuration or a credential helper failed",
  'content-mismatch': 'bytes do not have the digest or size that they were asked by',
  'content-truncated': 'bytes ended too early',
  'media-type-mismatch': 'content has another media type than its descriptor or its own member says',
  'trust-unavailable': 'there is no trust material, and none may be fetched',
  'trust-stale': 'trust material is too old and could not be refreshed',
  'revocation-unavailable': 'a revocation list or responder gave no answer that can be used',
  'key-unavailable': 'a key service, token or plugin gave no answer',
  'key-refused': 'a key service, token or plugin refused: not logged in, no such key, not allowed to sign',
  'service-unavailable': 'a certificate authority, log or timestamp authority gave no answer',
  'service-refused': 'a certificate authority, log or timestamp authority refused the request',
  'write-conflict':
    'a tag or list is written by others all the time, or lost what was written; the message names the digest that is not listed',
  'file-unwritable': 'a file cannot be written: no space, no right',
  'plugin-unavailable': 'a verification plugin is missing, is not pinned by its digest, failed, or gave no answer in its bounds',
  'policy-unevaluable': 'a policy text reached a bound of time, input, output or memory, or its engine broke',
  cancelled: 'somebody gave up waiting',
  'json-invalid': 'JSON that is malformed, has a name twice, or is too deep',
  'base64-invalid': 'base64 with other characters, line feeds or stray bits',
  'pem-invalid': 'PEM that is malformed or of another kind',
  'der-invalid': 'DER that is malformed or not the only encoding',
  'certificate-invalid': 'a certificate that is malformed, or has a critical extension that is not understood',
  'revocation-invalid': 'a revocation list or OCSP answer that is malformed',
  'cbor-invalid': 'CBOR that is malformed, has a key twice, or is too deep',
  'openpgp-invalid': 'OpenPGP data that is malformed, or no single signed message',
  'manifest-invalid': 'a manifest or index that is malformed',
  'bundle-invalid': 'a Sigstore bundle that is malformed, or lacks what its version demands',
  'envelope-invalid': 'a DSSE envelope that is malformed',
  'payload-invalid': 'a simple signing payload that is malformed',
  'statement-invalid': 'an in-toto statement that is malformed',
  'log-entry-invalid': 'a transparency log entry that is malformed',
  'service-lied':
    'a certificate authority, log or timestamp authority answered something that does not check: a wrong proof, imprint, nonce or key',
  'self-verification-failed': 'what was just signed does not verify; nothing was published',
  'timestamp-invalid': 'an RFC 3161 timestamp that is malformed',
  'policy-denied': 'a policy says no',
  'algorithm-unsupported': 'a signature or hash algorithm that is not accepted',
  unsupported: 'a flag or form that is known and not supported, with the reason',
  offline: 'it would need a connection that `--offline` forbids',
  limit: 'an input is larger, deeper or longer than its bound',
  internal: 'an error of Assay itself; `--debug` prints where',
};

/** `docs/reference/errors.md`. */
export function errorsPage(): Page {
  const groups = Object.keys(GROUPS) as ErrorGroup[];
  const sections = groups.map((group) => {
    const codes = (Object.keys(ERROR_GROUPS) as ErrorCode[]).filter((code) => ERROR_GROUPS[code] === group);
    const rows = codes.map((code) => [`\`${code}\``, MEANINGS[code], String(exitCodeOf(new AssayError(code, '')))]);
    return `## ${group}\n\nWho must act: ${GROUPS[group]}.\n\n${tableOf(['code', 'means', 'exit'], rows)}`;
  });
  const text = `# Errors

${GENERATED}

Every error has a code from this closed list, a message and often a hint. On stderr:

    error: MESSAGE        code: CODE
    hint:  WHAT TO DO

With \`--output json\` it stands in \`errors\` as \`{ code, message, hint?, retryable }\`. \`retryable\` says that the same call may succeed
later, unchanged. \`--debug\` adds the stack.

The exit code in the table is that of a command which ends with the error. \`verify\` and its relatives turn an error about one image into the
outcome of that image: there a missing image is \`inconclusive\` (exit 3), and malformed evidence is \`invalid\` evidence that stands beside the rest.

${sections.join('\n\n')}
`;
  return { path: 'docs/reference/errors.md', text };
}
