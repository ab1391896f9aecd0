import type { Command } from 'commander';
import { refuseOption } from './refused.ts';

/** notation's names for how a registry or layout is reached, which cosign's names stand for: whoever comes from there is told. */
export function refuseNotationNames(command: Command): void {
  const other = (flags: string, hint: string): void =>
    refuseOption(command, flags, { reason: "it is notation's name", hint, flagOnly: true });
  other('--insecure-registry', '--allow-http-registry, or --allow-insecure-registry; insecureRegistries of config.json counts too');
  other('--oci-layout', 'oci:FOLDER:TAG or oci:FOLDER@DIGEST as the reference');
  other('-u, --username <name>', '--registry-username, or NOTATION_USERNAME with NOTATION_PASSWORD');
  other('-p, --password <password>', '--registry-password, or NOTATION_USERNAME with NOTATION_PASSWORD');
  other('--allow-referrers-api', 'leave it out: a registry that has the referrers API is asked for it');
}
