#!/bin/sh
# A gate before a deployment: every image of a Kubernetes manifest has to be signed with the key. A definite "no" and "could not find
# out" are told apart: the first stops the pipeline, the second is worth another try.
#
#   examples/gate.sh MANIFEST KEY [TRUSTED_ROOT]
set -u
manifest=$1 key=$2 root=${3:-}

for try in 1 2 3; do
  assay verify --key "$key" ${root:+--trusted-root "$root"} --manifest "$manifest"
  case $? in
    0) echo "gate: open"; exit 0 ;;
    3) echo "gate: try $try of 3 could not find out" >&2; [ "$try" = 3 ] || sleep "${GATE_PAUSE:-5}" ;;
    *) echo "gate: closed" >&2; exit 1 ;;
  esac
done
echo "gate: closed, since it could not be found out" >&2
exit 3
