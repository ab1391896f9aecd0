/** The key services that policy-controller names. */
const PROVIDERS = ['awskms://', 'azurekms://', 'hashivault://', 'gcpkms://'];

const AWS_FORM = 'kms key should be in the format awskms://[ENDPOINT]/[ID/ALIAS/ARN] (endpoint optional)';
const UUID = '(?:mrk-)?[A-Fa-f0-9]{8}-?[A-Fa-f0-9]{4}-?[A-Fa-f0-9]{4}-?[A-Fa-f0-9]{4}-?[A-Fa-f0-9]{12}';
const ARN = 'arn:(?:aws|aws-us-gov|aws-cn):kms:[a-z0-9-]+:[0-9]{12}:';
const AWS = new RegExp(`^awskms://[^/]*/(?:${UUID}|${ARN}key/${UUID}|alias/.*|${ARN}alias/.*)$`);

/** What policy-controller says of an address of a key service; `undefined` when it accepts it. Of Amazon's only names of keys or aliases in full (ARNs) are accepted. */
export function kmsProblem(kms: string): string | undefined {
  if (!PROVIDERS.some((p) => kms.startsWith(p)))
    return `malformed KMS format, should be prefixed by any of the supported providers: [${PROVIDERS.join(' ')}]`;
  return kms.startsWith('awskms://') ? awsProblem(kms) : undefined;
}

function awsProblem(kms: string): string | undefined {
  const parts = kms.split('/');
  if (parts.length < 4) {
    return "malformed AWS KMS format 'awskms://$ENDPOINT/$KEYID', should be conformant with KMS standard documented here: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id";
  }
  if (!AWS.test(kms)) return AWS_FORM;
  const [, , endpoint = '', id = ''] = parts;
  if (endpoint.startsWith('arn') || endpoint.startsWith('alias')) return AWS_FORM;
  const host = endpoint === '' ? undefined : endpointProblem(endpoint);
  if (host !== undefined) return `malformed endpoint: ${host}`;
  return id.startsWith('arn:') ? undefined : 'failed to parse either key or alias arn: arn: invalid prefix';
}

// As Go's net.SplitHostPort says it.
function endpointProblem(endpoint: string): string | undefined {
  const host = endpoint.startsWith('[') ? endpoint.replace(/^\[[^\]]*\]/, '') : endpoint;
  const colons = host.split(':').length - 1;
  if (colons === 0) return `address ${endpoint}: missing port in address`;
  return colons > 1 ? `address ${endpoint}: too many colons in address` : undefined;
}
