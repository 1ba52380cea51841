#!/bin/bash
# Runs inside the guest that boot.sh starts: the demo's connectivity checks on this kernel.
set -euo pipefail
echo "kernel $(uname -r)"
node tools/src/demo/main.ts --quick
