import { Argument, Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { DONE, NO } from '../exit-codes.ts';
import { addRegistryOptions } from '../options/registry.ts';
import { isStructured } from '../output/output.ts';
import { addNotationSources } from '../verify/options.ts';

/** `assay policy test SUITE…`: images, and what policies have to say of them. */
export const command: CommandModule = {
  formats: ['text', 'json', 'yaml', 'junit'],
  configure(command) {
    command.addArgument(new Argument('<SUITE...>', 'files of tests (kind: PolicyTest)'));
    command.addOption(new Option('--trusted-root <file>', 'trusted_root.json in place of the public good instance'));
    addNotationSources(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
A suite (paths are relative to its file):

  kind: PolicyTest
  metadata: {name: release}
  policies: [image-policy.yaml]
  tests:
    - name: the signed image may run
      image: oci:layouts/app
      expect: allow            # allow, warn or deny
    - name: an image of somebody else may not
      image: registry.example/other:v1
      resource: pod.yaml       # the Kubernetes object that it stands in
      expect: deny
      outcome: untrusted
      because: not signed by

Exit codes: 0 all as expected, 1 some not, 2 misuse.

Examples:
  assay policy test suite.yaml
  assay policy test tests/*.yaml --output junit > junit.xml`,
    );
  },
  async execute(call) {
    const { out, args, io } = call;
    const [{ readInput }, { parseSuite }, { runSuite }, report] = await Promise.all([
      import('../verify/files.ts'),
      import('../policy/suite.ts'),
      import('../policy/run-suite.ts'),
      import('../policy/test-report.ts'),
    ]);
    // All suites are read before any is run: a mistake in the last one is misuse, and nothing was tried.
    const suites = await Promise.all(args.map(async (file) => parseSuite((await readInput(file, 'suite', io)).toString('utf8'), file)));
    const results = [];
    for (const suite of suites) results.push(...(await runSuite(suite, call)));
    if (isStructured(out.format)) await out.result(report.testJson(results));
    else out.print(out.format === 'junit' ? report.testJunit(results) : report.testText(results, out));
    return results.every((r) => r.passed) ? DONE : NO;
  },
};
