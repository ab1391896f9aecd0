#!/bin/sh
# Verifies an image in an OCI layout on a machine without a network: no socket is opened.
#
#   examples/offline.sh LAYOUT KEY TRUSTED_ROOT
#
# A layout comes from `cosign save --dir LAYOUT IMAGE`, or `oras copy -r --to-oci-layout IMAGE LAYOUT:v1`.
set -eu
exec assay verify --offline --key "$2" --trusted-root "$3" "oci:$1"
