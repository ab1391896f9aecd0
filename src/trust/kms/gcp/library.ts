/** The only file that names Google's library; loaded when a `gcpkms://` reference is used. */
export { KeyManagementServiceClient } from '@google-cloud/kms';
