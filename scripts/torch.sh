#!/usr/bin/env bash
# Makes the environment in which `make bench` runs PyTorch beside Inkstone: once, about 7 GB.
set -euo pipefail
home=${PEERS_HOME:-$HOME/.cache/inkstone-peers}/venv-torch
python3 -m venv "$home"
"$home/bin/pip" install --quiet torch==2.8.0 numpy transformers==4.57.3
echo "$home/bin/python has PyTorch; go run ./internal/bench -pkg ./runner/... measures beside it"
