#!/usr/bin/env bash
# bench/gpu.sh [STAGE…]: what a machine with an NVIDIA card says of this project, in less than eight minutes: whether
# the CUDA build computes there and keeps its state on the card; how long the library takes, and PyTorch for the same;
# how long XLA takes for two of them; which unit tests pass; whether chapters 4 and 9 run, with small budgets. Its table
# is bench/gpu.md. Before it: `npm run native -- --gpu`, and PyTorch as bench/README.md says. Stages: check bench xla
# tests chapters; all by default. What they find is kept in .cache/gpu until it is found again.
set -u
cd "$(dirname "$0")/.."
found=.cache/gpu
mkdir -p "$found"
stages=${*:-check bench xla tests chapters}
run() { node scripts/with-environment.mjs "$@"; }
for stage in $stages; do
  case $stage in
    check | bench | xla | tests | chapters) ;;
    *) echo "usage: bench/gpu.sh [check] [bench] [xla] [tests] [chapters]" >&2; exit 2 ;;
  esac
done
if ! nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader > "$found/card.txt"; then
  echo "bench/gpu.sh: nvidia-smi finds no card." >&2
  exit 1
fi

check() {
  # The first run compiles kernels for the card: it is not timed.
  if ! node scripts/setup/native/smoke.mjs > "$found/check.json.new" || ! grep -q '"gpu":true' "$found/check.json.new"; then
    echo "bench/gpu.sh: TensorFlow does not compute on the card. Remedy: npm run native -- --gpu" >&2
    exit 1
  fi
  tail -n 1 "$found/check.json.new" > "$found/check.json"
  timeout 60 node scripts/with-environment.mjs tsx bench/gpu-state.ts > "$found/state.json"
}

measure() {
  timeout 220 node scripts/with-environment.mjs tsx bench/bench.ts --against-pytorch --rounds 3 --out "$found/bench.json"
}

# XLA compiles a step of (b) for half a minute.
compiled() {
  NAIVE_DIFFUSION_XLA=1 timeout 80 node scripts/with-environment.mjs tsx bench/bench.ts --workloads ab --rounds 2 \
    --out "$found/xla.json"
}

# Each process takes a share of the card's memory as it needs it, so that several get along.
tests() {
  timeout 120 node scripts/with-environment.mjs vitest run --maxWorkers 12 --reporter json --outputFile "$found/tests.json" \
    test/backend test/networks test/training > "$found/tests.log" 2>&1
}

chapters() {
  timeout 120 node scripts/run-notebooks.mjs --jobs 2 notebooks/04-naive-diffusion.ipynb notebooks/09-ddpm.ipynb \
    > "$found/chapters.txt" 2>&1
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
run tsx bench/gpu-report.ts "$found" && cat bench/gpu.md
