/** The only file that names AWS's SDK; loaded when an `awskms://` reference is used. */
export {
  CreateAliasCommand,
  CreateKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  SignCommand,
} from '@aws-sdk/client-kms';
