/** RFC 3161 timestamps: parsing a token, and whether a known authority made it. */
export { parseTimestamp, type TimestampToken } from './token.ts';
export { type TimestampAuthority, type TimestampResult, verifyTimestamp } from './verify.ts';
