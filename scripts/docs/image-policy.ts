import { IMAGE_POLICY, type Node, type ObjectNode, REVOCATION_LIST } from '../../src/policy/native/index.ts';
import { GENERATED, type Page, tableOf } from './page.ts';

interface Section {
  readonly title: string;
  readonly node: ObjectNode;
}

/** `docs/reference/image-policy.md`, from the tables that validate policies. */
export function imagePolicyPage(): Page {
  return {
    path: 'docs/reference/image-policy.md',
    text: `${PROSE}\n${fieldsOf('ImagePolicy', IMAGE_POLICY.node)}\n${LIST}\n${fieldsOf('RevocationList', REVOCATION_LIST.node)}`,
  };
}

function fieldsOf(title: string, node: Node): string {
  const sections: Section[] = [];
  const seen = new Map<Node, string>();
  collect(title, node, sections, seen);
  return sections.map((s) => sectionText(s, seen)).join('\n');
}

// Each object once, under the first path that leads to it.
function collect(title: string, node: Node, sections: Section[], seen: Map<Node, string>, kind = title): void {
  for (const object of objectsIn(node)) {
    if (seen.has(object)) continue;
    seen.set(object, title);
    sections.push({ title, node: object });
    for (const [name, field] of object.fields) collect(title === kind ? name : `${title}.${name}`, field.node, sections, seen, kind);
  }
}

function objectsIn(node: Node): readonly ObjectNode[] {
  if (node.kind === 'object') return [node];
  if (node.kind === 'named') return objectsIn(node.target());
  if (node.kind === 'list' || node.kind === 'names') return objectsIn(node.of);
  return node.kind === 'either' ? node.of.flatMap(objectsIn) : [];
}

function sectionText({ title, node }: Section, seen: ReadonlyMap<Node, string>): string {
  const rows = [...node.fields].map(([name, field]) => [
    `\`${name}\``,
    formOf(field.node),
    field.required ? 'yes' : node.oneOf.includes(name) ? 'one of' : '',
    `${field.node.about}${elsewhere(title, name, field.node, seen)}`,
  ]);
  const one = node.oneOf.length > 0 && !node.about.includes('exactly one') ? ' Exactly one of those marked "one of" is there.' : '';
  return `### \`${title}\`\n\n${node.about}.${one}\n\n${tableOf(['field', 'form', 'needed', 'what'], rows)}\n`;
}

function elsewhere(title: string, name: string, node: Node, seen: ReadonlyMap<Node, string>): string {
  const places = objectsIn(node).map((o) => seen.get(o));
  const other = places.find((p) => p !== undefined && p !== name && p !== `${title}.${name}`);
  return other === undefined ? '' : ` (fields: \`${other}\`)`;
}

function formOf(node: Node): string {
  switch (node.kind) {
    case 'text':
      return node.choices === undefined ? 'text' : node.choices.map((c) => `\`${c}\``).join(', ');
    case 'number':
      return `${node.least} to ${node.most}`;
    case 'boolean':
      return node.only ? '`true`' : 'true or false';
    case 'value':
      return 'any value';
    case 'list':
      return `list of ${formOf(node.of)}`;
    case 'names':
      return `names, each with ${formOf(node.of)}`;
    case 'object':
      return 'object';
    case 'either':
      return [...new Set(node.of.map(formOf))].join(' or ');
    case 'named':
      return node.name;
  }
}

const PROSE = `# ImagePolicy

${GENERATED}

A policy says which images are meant, and what has to be proven of them. It is one YAML document; a file may hold several, each a
document of its own. \`assay policy check FILE\` says every mistake with line and column; the JSON Schema is
\`schemas/image-policy.v1alpha1.json\`.

\`\`\`yaml
apiVersion: assay.dev/v1alpha1
kind: ImagePolicy
metadata:
  name: release
spec:
  images: ["registry.example/acme/**"]
  except: ["registry.example/acme/scratch"]
  authorities:
    release:
      keyless:
        issuer: https://token.actions.githubusercontent.com
        subjectRegExp: https://github\\.com/acme/app/\\.github/workflows/release\\.yml@refs/tags/v.*
    security: { key: security.pub }
  require:
    allOf:
      - signature: { by: [release, security], threshold: 2 }
      - attestation:
          type: slsaprovenance1
          by: release
          slsa:
            source: { repository: github.com/acme/app, versionedTag: v2 }
            level: 2
      - attestation:
          type: vuln
          by: security
          where:
            - maxAge: 7d
            - vulnerabilities: { critical: 0, high: 0, ignore: [CVE-2024-0001] }
            - name: scanner
              cel: predicate.scanner.uri.startsWith("pkg:github/aquasecurity/trivy")
\`\`\`

## How it is read

- **Every policy that is about an image has to be met.** An image that no policy is about is denied, unless the configuration says otherwise.
- **Nothing is implied.** An unknown or misspelt field is an error. What weakens a check is called \`unsafe…\`, and is a warning of
  \`policy check\`. An identity is subject *and* issuer; expressions have to match the whole text, in linear time.
- **What cannot be found out denies**, with the outcome \`inconclusive\`: a registry that does not answer, a condition that cannot be evaluated, a list of
  what is revoked that is absent or stale.
- **Patterns** (\`images\`, \`except\`) are about \`registry/repository\` in full: \`*\` stands for characters of one part, \`**\` for any. They have neither tag nor
  digest, since tags move. A name without registry is one of Docker Hub: \`alpine\` is \`docker.io/library/alpine\`.
- **Authorities** have names, or stand where they are used. Several in \`by\`: any one suffices, or with \`threshold\` so many, each by a signer of its own. Each
  brings its own trust: by default the public good instance of Sigstore, with an entry in a transparency log.
- **Conditions** are asked of each piece of evidence that its authority has signed; a piece that fails one does not count, another may.

## Conditions

CEL expressions are given \`predicate\` (of an attestation; the content of an artifact, the payload of a signature), \`statement\` (or null), \`signer\`
(\`kind\`, \`keyId\`, \`issuer\`, \`subject\`), \`claims\` (\`certificate\`: proven; \`builder\`: stated), \`times\` (verified ones: \`source\`, \`time\`) and \`now\`; times are texts,
\`timestamp(now)\` makes them times. CUE and Rego are given the statement, as policy-controller does; a CUE text is asked as \`cue vet -c\` asks it: what it
constrains has to be there (\`reviewed!: true\` where it states the value itself). A Rego query
(\`data.sigstore.isCompliant\`) has to be true, or an object with \`result\`, \`warning\` and \`error\`.

**SLSA provenance.** The builder states where a build came from; the certificate proves it as far as its claims go. Where both speak they have to agree,
always. With \`provenBy: certificate\` what is expected of source and builder has to stand in the certificate too. The build level is known of
slsa-github-generator (3, also for its own builders by the delegator) and of GitHub's own runners (2); of another builder the policy vouches for it:
\`builder: {id, level}\`. External parameters that the policy does not name are refused, as SLSA asks.

**Age.** \`maxAge: 7d\` counts from the earliest verified time: a log's promise or a timestamp. \`{of: metadata.scanFinishedOn, is: 7d}\` counts from a time that the
predicate states. Evidence whose age is not known fails.

## Revocation

What is revoked counts no longer, whoever signed it: an image (before anything else is asked), a piece of evidence by the \`id\` that reports give it, a key, a
certificate, an entry of a log, or an identity for what was signed in a window of time. The outcome is \`revoked\`. A list may also be
a signed artifact in a registry (\`revoked.from\`): one layer that is a \`RevocationList\` document. When it is absent, older than \`maxAge\`
or not signed by \`by\`, everything is inconclusive.

## Fields
`;

const LIST = `## RevocationList

\`\`\`yaml
apiVersion: assay.dev/v1alpha1
kind: RevocationList
metadata: { name: acme }
spec:
  issued: "2026-01-02T03:04:05Z"
  entries:
    - { key: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", reason: the laptop was stolen }
    - identity: { issuer: "https://accounts.google.com", subject: dev@acme.example, from: "2026-01-01T00:00:00Z" }
      reason: left the company
\`\`\`
`;
