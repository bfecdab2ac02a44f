#!/usr/bin/env bash
# Trains the demonstration: fetches the compute plugin, checks and plans the spec, trains, prints the table.
set -euo pipefail
cd "$(dirname "$0")/.."
spec=experiments/library/demo.yaml

./inkstone backends install cpu >/dev/null ||
	echo "The XLA plugin could not be fetched; the Go backend serves, at about an eighth of the speed."
./inkstone check "$spec"
if ./inkstone backends --json | grep -q '"chosen": "go"'; then
	echo "On the Go backend the demo trains 3 seeds of the baseline and of one-layer alone."
	set -- --variants one-layer --set seeds=3 "$@"
fi
exec ./inkstone run "$spec" "$@"
