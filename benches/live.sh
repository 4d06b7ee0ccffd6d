#!/usr/bin/env bash
# What one live camera takes besides the models, and the memory: benches/live.sh RECORDING (1080p, a few minutes)
#
#   share of a core outside the models at the recording's own pace: (CPU of a scan - CPU of the models alone on ready
#       tensors, as often as the scan ran them) / seconds of recording; medians of $RUNS (default 5) runs of `kuager bench`
#   share of a core in all
#   peak memory of a scan of one recording, and of two at once
#
# Derived, not watched live: a camera that sends pictures as it records them cannot be decoded faster, and costs the same.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
video=${1:?usage: benches/live.sh RECORDING}
runs=${RUNS:-5}

cat "$video" >/dev/null # into the page cache
for _ in $(seq "$runs"); do
  timed "$kuager" --json bench --threads 1 "$video"
  echo "$(field outside_models_per_footage_sec) $(field cpu_secs_per_footage_sec) $(field models_cpu_secs) $(field scan_cpu_secs) $(field cpu_ratio)"
done >"$work/runs"
of() { awk "{ print \$$1 }" "$work/runs" | spread; }
echo "$(basename "$video"), $runs runs:"
echo "  core outside the models, live $(of 1)"
echo "  core in all, live             $(of 2)"
echo "  CPU s of the models alone     $(of 3)"
echo "  CPU s of the scan             $(of 4)"
echo "  scan / (decoding + models)    $(of 5)"

cp --reflink=auto "$video" "$work/second"
one=$(peak_of "$kuager" --json scan --no-stills --threads 1 "$video")
two=$(peak_of "$kuager" --json scan --no-stills --threads 2 "$video" "$work/second")
echo "  peak memory, one source       $one MiB"
echo "  peak memory, two sources      $two MiB (the second: $((two - one)) MiB)"
