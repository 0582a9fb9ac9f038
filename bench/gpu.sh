#!/usr/bin/env bash
# bench/gpu.sh [STAGE…]: what a machine with an NVIDIA card says of this project, in less than eight minutes: whether
# the CUDA build computes there and keeps its state on the card; how long the library takes, and PyTorch for the same;
# how long XLA takes for two of them; which unit tests pass; whether chapters 4 and 9 run, with small budgets. Its table
# is bench/gpu.md. Before it: `npm run native -- --gpu`, and PyTorch as bench/README.md says. Stages: check bench xla
# tests chapters; all by default. What they find is kept in .cache/gpu until it is looked for again, or another card is
# there. A stage that fails, or does not come to its end in its time, is told in the table, and ends this with status 1.
set -u
cd "$(dirname "$0")/.."
found=.cache/gpu
stages=${*:-check bench xla tests chapters}
for stage in $stages; do
  case $stage in
    check | bench | xla | tests | chapters) ;;
    *) echo "usage: bench/gpu.sh [check] [bench] [xla] [tests] [chapters]" >&2; exit 2 ;;
  esac
done
if ! card=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader) || [ -z "$card" ]; then
  echo "bench/gpu.sh: nvidia-smi finds no card." >&2
  exit 1
fi
# What another card has said must not stand beside what this one says.
[ "$card" = "$(cat "$found/card.txt" 2> /dev/null)" ] || rm -rf "$found"
mkdir -p "$found"
echo "$card" > "$found/card.txt"

run() { node scripts/with-environment.mjs "$@"; }

# within SECONDS FILE COMMAND…: runs what leaves FILE, in which nothing of an earlier run stays, and notes how it failed.
within() {
  local seconds=$1 file=$found/$2 status
  shift 2
  rm -f "$file" "$file.failed"
  timeout --kill-after 5 "$seconds" "$@"
  status=$?
  case $status in
    0) ;;
    124 | 137) echo "it did not come to its end in $seconds s" > "$file.failed" ;;
    *) echo "it ended with status $status" > "$file.failed" ;;
  esac
  return $status
}

check() {
  # The first run compiles kernels for the card: it is not timed.
  if ! within 40 check.json node scripts/setup/native/smoke.mjs > "$found/check.out" ||
    ! grep -q '"gpu":true' "$found/check.out"; then
    echo "bench/gpu.sh: TensorFlow does not compute on the card. Remedy: npm run native -- --gpu" >&2
    exit 1
  fi
  within 30 state.json node scripts/with-environment.mjs tsx bench/gpu-state.ts > "$found/state.out" &&
    mv "$found/state.out" "$found/state.json"
}

measure() {
  within 200 bench.json node scripts/with-environment.mjs tsx bench/bench.ts --against-pytorch --rounds 3 \
    --out "$found/bench.json"
}

# XLA compiles a step of (b) for half a minute.
compiled() {
  NAIVE_DIFFUSION_XLA=1 within 70 xla.json node scripts/with-environment.mjs tsx bench/bench.ts --workloads ab --rounds 2 \
    --out "$found/xla.json"
}

# Each process takes a share of the card's memory as it needs it, so that several get along.
tests() {
  within 110 tests.json node scripts/with-environment.mjs vitest run --maxWorkers 12 --reporter json \
    --outputFile "$found/tests.json" test/backend test/networks test/training > "$found/tests.log" 2>&1
}

chapters() {
  within 110 chapters.txt node scripts/run-notebooks.mjs --jobs 2 notebooks/04-naive-diffusion.ipynb \
    notebooks/09-ddpm.ipynb > "$found/chapters.out" 2>&1
  mv "$found/chapters.out" "$found/chapters.txt"
}

for stage in $stages; do
  case $stage in
    check) check ;;
    bench) measure ;;
    xla) compiled ;;
  esac
done
# Nothing is timed in these two: they may run at the same time.
for stage in $stages; do
  case $stage in
    tests) tests & ;;
    chapters) chapters & ;;
  esac
done
wait
run tsx bench/gpu-report.ts "$found" && cat bench/gpu.md && ! ls "$found"/*.failed > /dev/null 2>&1
