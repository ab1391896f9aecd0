/** Signing: payloads, evidence in every form that is verified, and the services that certify, log and stamp it. */
export type { SigningIdentity } from './identity.ts';
export type {
  CertificateService,
  IdentityToken,
  LogService,
  LogSubmission,
  ServiceOptions,
  SigningServices,
  TimestampService,
} from './services.ts';
