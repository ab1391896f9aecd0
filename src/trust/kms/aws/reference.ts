import { AssayError } from '../../../errors.ts';

/** A key of AWS KMS, as its reference names it. */
export interface AwsReference {
  /** Host and port in the place of AWS's own. */
  readonly endpoint: string | undefined;
  /** Id, ARN or alias of the key. */
  readonly keyId: string;
  readonly region: string | undefined;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:(?:key|alias)\/\S+$/;

/** Reads `awskms://[ENDPOINT]/ID|ARN|alias/NAME`, as cosign has it (sigstore, pkg/signature/kms/aws). Throws `key-invalid`. */
export function parseAwsReference(reference: string): AwsReference {
  const [, endpoint = '', keyId = ''] = /^awskms:\/\/([^/]*)\/(.+)$/.exec(reference) ?? [];
  const region = ARN.exec(keyId)?.[1];
  const known = UUID.test(keyId) || region !== undefined || /^alias\/[A-Za-z0-9/_-]+$/.test(keyId) || /^mrk-[0-9a-f]{32}$/.test(keyId);
  if (!known || (endpoint !== '' && !/^[A-Za-z0-9.-]+(?::\d+)?$|^\[[0-9a-f:]+\](?::\d+)?$/i.test(endpoint)))
    throw new AssayError('key-invalid', `${reference.slice(0, 200)} is no key of AWS KMS`, {
      hint: 'awskms:///alias/NAME, awskms:///KEY-ID, awskms:///arn:aws:kms:REGION:ACCOUNT:key/ID, each with an endpoint before the third slash if need be',
    });
  return { endpoint: endpoint === '' ? undefined : endpoint, keyId, region };
}
