#!/usr/bin/env bash
# Checks the workflows, and how they use the action, with actionlint. It needs Go.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 -color
