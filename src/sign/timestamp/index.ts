/** Timestamp authorities (RFC 3161) that are asked. */
export { type TimestampServiceOptions, timestampService } from './client.ts';
