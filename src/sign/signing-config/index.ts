/** Signing configurations: which services signatures are made with (protobuf-specs, `SigningConfig` v0.2). */
export { parseSigningConfig, type SigningConfigReading } from './config.ts';
export { createSigningConfig, type SigningConfigRequest, type SigningServiceKind, signingConfigJson } from './create.ts';
export { API_VERSIONS, type Selection, selectService, selectServices } from './select.ts';
export { type ConfiguredService, NO_SERVICES, type ServiceSelector, type SigningConfig } from './service.ts';
