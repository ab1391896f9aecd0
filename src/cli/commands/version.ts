import { Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { VERSION } from '../version.ts';

/** `assay version`. */
export const command: CommandModule = {
  configure(command) {
    command.addOption(new Option('--json', 'the same as --output json'));
    command.addHelpText('after', '\nExamples:\n  assay version --json | jq -r .version');
  },
  async execute({ out }) {
    const facts = { version: VERSION, node: process.versions.node, platform: `${process.platform}/${process.arch}` };
    if (out.format === 'text') out.print(`assay ${VERSION}\nnode ${facts.node}\n${facts.platform}\n`);
    else await out.result({ schema: 'assay/version/v1', gitVersion: VERSION, ...facts });
    return 0;
  },
};
