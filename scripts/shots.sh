#!/usr/bin/env bash
# Keeps pictures of every page in the folder shots: of made-up research, and of a few trials that are really trained.
set -euo pipefail
cd "$(dirname "$0")/.."
store=shots/store
if [ ! -e "$store" ]; then
	./inkstone run experiments/library/demo.yaml --store "$store" --addr off --set train.max_steps=60 --set seeds=2
fi
INKSTONE_SCREENSHOTS="$PWD/shots" INKSTONE_SHOTS_STORE="$PWD/$store" go test ./server -run TestShots -count 1 -timeout 20m
echo "pictures are in shots/"
