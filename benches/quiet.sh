#!/usr/bin/env bash
# A scan of quiet recordings against decoding every picture of them: benches/quiet.sh RECORDING… (benches/gate/compose.py
# --set speed makes them)
#
#   wall time and CPU of `kuager scan` / those of `ffmpeg -threads N -i RECORDING -f null -`, N = $THREADS (default 1)
#   seconds of recording a second by the clock, pictures analysed a second of recording
#   for each recording: the median of $RUNS (default 5) pairs of runs in turn, and the lowest and highest
#
# Last line: the same over all recordings, each as long as it is.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
[ $# -gt 0 ] || { sed -n '2,3p' "$0" >&2; exit 2; }
threads=${THREADS:-1} runs=${RUNS:-5}

for video; do
  cat "$video" >/dev/null # into the page cache
  for _ in $(seq "$runs"); do
    timed ffmpeg -nostdin -threads "$threads" -i "$video" -f null -
    decode="$cpu $wall"
    scan --threads "$threads" "$video"
    echo "$video $decode $cpu $wall $(field analysed_frames) $(field decoded_frames) $(ffprobe -v error -show_entries format=duration -of csv=p=0 "$video")"
  done
done >"$work/runs"

# Of a column given as an awk expression, for one recording.
of() { awk -v video="$1" "\$1 == video { print $2 }" "$work/runs" | spread; }
for video; do
  echo "$(basename "$video"), $threads thread(s), $runs pairs of runs:"
  echo "  wall, scan / ffmpeg        $(of "$video" '$5 / $3')"
  echo "  CPU, scan / ffmpeg         $(of "$video" '$4 / $2')"
  echo "  CPU s, scan                $(of "$video" '$4')"
  echo "  CPU s, ffmpeg              $(of "$video" '$2')"
  echo "  x real time, scan          $(of "$video" '$8 / $5')"
  echo "  pictures analysed a second $(of "$video" '$6 / $8')"
done
awk '{ d += $2; dw += $3; s += $4; sw += $5; secs += $8 }
  END { printf "all: wall %.3f, CPU %.3f of ffmpeg; %.1f x real time, %.4f CPU s a second of recording\n", sw / dw, s / d, secs / sw, s / secs }' "$work/runs"
