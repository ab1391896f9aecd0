#!/bin/sh
# Which commit was an image built from? Prints it only when the certificate of the workflow proves it.
#
#   examples/provenance.sh IMAGE WORKFLOW [TRUSTED_ROOT]
set -eu
image=$1 workflow=$2 root=${3:-}

assay verify-attestation --type slsaprovenance1 \
  --certificate-identity "$workflow" \
  --certificate-oidc-issuer https://token.actions.githubusercontent.com \
  ${root:+--trusted-root "$root"} --output json "$image" |
  node -e '
    const { outcome = "not tried", images: [image] = [], errors } = JSON.parse(require("fs").readFileSync(0, "utf8"));
    const proven = image?.evidence.find((e) => e.outcome === "verified");
    if (proven === undefined) { console.error(`${outcome}: ${image?.reasons[0] ?? errors[0]?.message}`); process.exit(1); }
    console.log(proven.claims.certificate.sourceRepositoryDigest);
  '
