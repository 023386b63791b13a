#!/usr/bin/env bash
# Every test, the fast ones first: a broken rule is known in seconds, not after the browser ran.
set -euo pipefail
cd "$(dirname "$0")/.."

for stage in unit contract pbx browser; do
    echo "── tests/$stage"
    pytest -q -n 2 --dist loadfile "tests/$stage"
done
echo "── tests/chaos"
pytest -q tests/chaos # one after another: each wants the whole machine
