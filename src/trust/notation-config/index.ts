/** Notation's own configuration, read unchanged: signing keys by name, and how signatures are made. */
export { NO_CONFIG, type NotationConfig, parseNotationConfig } from './config.ts';
export { chooseKey, type NotationKey, type NotationKeys, parseSigningKeys } from './signing-keys.ts';
