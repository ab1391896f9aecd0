// The scenes with policies: one image under all of them.

/**
 * @param {(repository: string) => string} at
 * @returns {import('./scenes.mjs').Scene[]}
 */
export function policyScenes(at) {
  const app = at('acme/os');
  return [
    {
      title: 'policy has mistakes',
      about: 'Policies are compiled before anything is asked. Every mistake is told with its line, and with what was probably meant.',
      args: ['policy', 'check', 'release.yaml', 'mistakes.yaml'],
      outcome: 'shown',
      exit: 1,
      says: [/ok release\.yaml/, /mistakes\.yaml:\d+:\d+: .*isuer/, /did you mean: issuer/, /mistakes\.yaml:\d+:\d+: .*level/],
    },
    {
      title: 'native policy',
      about: 'One policy: signed by operations, built from the right source by the right workflow, and nothing proprietary in it.',
      file: 'release.yaml',
      args: ['verify', '--policy', 'release.yaml', app],
      outcome: 'verified',
      exit: 0,
      says: [/ok allowed/, /release.*built here/],
    },
    {
      title: 'native policy says no',
      about: 'Another policy for the same image. What is missing is said, and what would satisfy it.',
      args: ['verify', '--policy', 'audited.yaml', app],
      outcome: 'denied',
      exit: 1,
      says: [
        /denied \(denied\)/,
        /scanned.*wanted is an attestation/,
        /bills of materials come from trivy: .*conflicting values "syft" and "trivy"/,
      ],
    },
    {
      title: 'cluster policy, CUE',
      about: "A ClusterImagePolicy that a Kubernetes cluster has already, about a workload, denied in policy-controller's own words.",
      file: 'cluster-cue.yaml',
      args: ['verify', '--policy', 'cluster-cue.yaml', '--manifest', 'web.yaml'],
      outcome: 'denied',
      exit: 1,
      says: [
        /validation failed: failed policy: image-policy: spec\.template\.spec\.containers\[0\]\.image \S+\/acme\/os@sha256:\w{64} /,
        /failed evaluating cue policy for must-have-cyclonedx: failed to evaluate the policy with error: /,
        /predicate\.metadata\.tools\.0\.name: conflicting values "syft" and "trivy"/,
      ],
    },
    {
      title: 'cluster policy, Rego',
      about: 'A ClusterImagePolicy in Rego, content with the bill of materials, looks at the workload as well, and has words of its own.',
      file: 'cluster-rego.yaml',
      args: ['verify', '--policy', 'cluster-rego.yaml', '--manifest', 'debug.yaml'],
      outcome: 'denied',
      exit: 1,
      says: [
        /ok image-policy › must-have-cyclonedx/,
        /failed evaluating rego policy for type ClusterImagePolicy: .*debug runs with privileges: debug/,
      ],
    },
    {
      title: 'two workloads',
      about: 'The same policy, asked about every image of a manifest: the same image may run in one workload and not in the other.',
      args: ['verify', '--policy', 'cluster-rego.yaml', '--manifest', 'workloads.yaml'],
      outcome: 'not verified',
      exit: 1,
      says: [/ok .*allow \(verified\)/, /FAIL .*deny \(denied\): validation failed/],
    },
    {
      title: 'Notation trust policy',
      about: 'The same image, signed by notation as well: its trust policy and trust store as they are.',
      file: 'trustpolicy.json',
      args: ['verify', '--trust-policy', 'trustpolicy.json', '--trust-store', 'truststore', app],
      outcome: 'verified',
      exit: 0,
      says: [/ok allowed/, /signed by\s+.*O=acme/],
    },
    {
      title: 'two of three',
      about: "cosign's key, Notation's certificate, a bill of materials that was attached with oras and signed: any two.",
      file: 'two-of-three.yaml',
      args: ['verify', '--policy', 'two-of-three.yaml', app],
      outcome: 'verified',
      exit: 0,
      says: [/ok allowed/, /ok .*cosign/, /ok .*notation/, /ok .*signed bill of materials/],
    },
    {
      title: 'one of three',
      about: "The partner's image has the key's signature, and a bill of materials that nobody signed. That never counts.",
      args: ['verify', '--policy', 'two-of-three.yaml', at('acme/partner')],
      outcome: 'untrusted',
      exit: 1,
      says: [/ok .*cosign/, /the artifact is not signed/],
    },
    {
      title: 'revoked',
      about: 'Everything about the image still verifies, but its digest was recalled: nothing else is asked.',
      args: ['verify', '--policy', 'revoked.yaml', app],
      outcome: 'revoked',
      exit: 1,
      says: [/is revoked: recalled, ticket 4711/],
    },
    {
      title: 'policy explain',
      about: "Why the partner's image is denied, and what would change it: the whole tree, what each part found and what it wants.",
      args: ['policy', 'explain', '--policy', 'release.yaml', '--policy', 'two-of-three.yaml', at('acme/partner')],
      outcome: 'shown',
      exit: 0,
      says: [/deny \(/, /release .*is about this image/, /two-of-three .*is about this image/, /wanted is an attestation/, /ok cosign/],
    },
    {
      title: 'policy test',
      about: 'Policies have tests as programs do: images, and what is expected of them; here for a CI system that reads JUnit.',
      file: 'suite.yaml',
      args: ['policy', 'test', 'suite.yaml', '--output', 'junit'],
      outcome: 'shown',
      exit: 0,
      says: [/<testsuites tests="4" failures="0">/, /<testcase classname="release" name="the released image may run"/],
    },
  ];
}
