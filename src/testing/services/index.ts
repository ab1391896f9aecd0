/** The services of a virtual Sigstore over HTTP: they really check what they are given, and lie when they are told to. */
export type { ServiceJson, SigningConfigJson } from './documents.ts';
export type { IssuerSettings } from './issuer.ts';
export { type Claims, mintToken } from './jwt.ts';
export type { Lie, LieFault, ServiceFault } from './lies.ts';
export { type ServiceRequest, type SigstoreServiceOptions, type SigstoreServices, startSigstoreServices } from './server.ts';
