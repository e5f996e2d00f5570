#!/usr/bin/env bash
# Train print on one GPU in resumable stretches, on a machine without network.
#
#   1. here:   python scripts/pack_synth.py -o packed            (40 MiB of fonts and text)
#              for s in doc-ehri-typed doc-funsd words_iiit5k; do
#                mkdir -p packed/val/$s; cp -r data/$s/val data/$s/dataset.yaml packed/val/$s/; done
#   2. there:  scripts/train_gpu.sh OUT [SECONDS=480]            (three times or more; each goes on)
#   3. here:   put OUT's parts back into state/ for the next stretch; the last one leaves OUT/model
#
# The checkpoint is handed over in parts of 15 MiB. Needs there: python3 with torch and what
# pyproject.toml lists (PYTHONPATH may point at unpacked wheels).
set -euo pipefail
out=${1:?folder for what comes back}
seconds=${2:-480}
cd "$(dirname "$0")/.."
run=runs/print-gpu
mkdir -p "$run" "$out"
if compgen -G "state/checkpoint.*" > /dev/null; then
  cat state/checkpoint.* > "$run/checkpoint.safetensors"
  cp state/metrics.jsonl "$run/" 2> /dev/null || true
  cp state/best.safetensors "$run/" 2> /dev/null || true
  resume=--resume
else
  resume=--fresh
fi
# two minutes of single words first: CTC aligns on them sooner (docs/LOG.md)
first=()
if [ "$resume" = --fresh ]; then
  first=(--set 'data=[{synth: configs/synth/words.yaml, weight: 1, fonts: [packed/fonts], text: ["packed/text/*.txt.gz"]}]')
  timeout -s TERM 120 python3 -m deeptext_cli train -c configs/print-gpu.yaml --run "$run" \
    --device cuda:0 --fresh "${first[@]}" || [ $? = 130 ] || [ $? = 124 ]
  seconds=$((seconds - 120))
fi
timeout -s TERM "$seconds" python3 -m deeptext_cli train -c configs/print-gpu.yaml --run "$run" \
  --device cuda:0 --resume || [ $? = 130 ] || [ $? = 124 ]
split -b 15M -d "$run/checkpoint.safetensors" "$out/checkpoint."
cp "$run/metrics.jsonl" "$run/best.safetensors" "$out/" 2> /dev/null || true
