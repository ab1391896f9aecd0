import { type Command, Option } from 'commander';
import { collect } from './common.ts';
import { addNotedOption } from './noted.ts';
import { refuseOption } from './refused.ts';

const HEADING = 'Registry options:';

/** cosign's options of every command that talks to a registry, by cosign's names. */
export function addRegistryOptions(command: Command): void {
  const add = (flags: string, description: string): void => {
    command.addOption(new Option(flags, description).helpGroup(HEADING));
  };
  add('--allow-http-registry', 'plain HTTP to the registry (loopback needs no permission)');
  add('--allow-insecure-registry', "do not check the registry's TLS certificate");
  add('--registry-username <name>', 'name for basic authentication');
  add('--registry-password <password>', 'password for basic authentication');
  add('--registry-token <token>', 'bearer token');
  add('--registry-cacert <file>', 'CA certificates (PEM) that the registry is checked with');
  add('--registry-client-cert <file>', 'client certificate (PEM)');
  add('--registry-client-key <file>', "the client certificate's key (PEM)");
  add('--registry-server-name <name>', "name that the registry's certificate must have");
  command.addOption(
    new Option('--registry-mirror <host=mirror>', 'asked for images, never for evidence, before the host; repeats')
      .argParser(collect)
      .helpGroup(HEADING),
  );
  add('--attachment-tag-prefix <prefix>', "what stands before cosign's tags sha256-….sig");
  addNotedOption(
    command,
    new Option('--registry-referrers-mode <mode>', "cosign's choice; every storage form is read in either")
      .choices(['legacy', 'oci-1-1'])
      .helpGroup(HEADING),
    'every storage form is read, whatever --registry-referrers-mode says',
  );
  refuseOption(command, '--k8s-keychain', {
    reason: 'keychains of cloud providers are not read by this version',
    hint: 'docker credential helpers (credHelpers in ~/.docker/config.json) do the same',
  });
  addOfflineOption(command);
  command.addHelpText(
    'after',
    `
Environment:
  COSIGN_<FLAG>                       a flag that is not given, as COSIGN_REGISTRY_TOKEN
  COSIGN_REPOSITORY                   a repository for evidence: written to, and read beside the image's own
  DOCKER_CONFIG, REGISTRY_AUTH_FILE   where credentials are stored
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY, SSL_CERT_FILE, XDG_CACHE_HOME, NO_COLOR`,
  );
}

/** `--offline`: no socket but the named registry's. */
export function addOfflineOption(command: Command): void {
  command.addOption(
    new Option('--offline', 'open no connection but to the named registry; none at all for layouts and files').helpGroup(HEADING),
  );
}

/** `--platform` of commands about one image. */
export function addPlatformOption(command: Command, description = 'the image of this platform in an index, as linux/arm64'): void {
  command.addOption(new Option('--platform <os/arch[/variant]>', description));
}
