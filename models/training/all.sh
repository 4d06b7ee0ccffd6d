#!/bin/sh
# Makes the three embedded models from the development data: about two hours on two cores. README.md describes the stages.
# Killed, it goes on where it was; a finished stage leaves a file in $KUAGER_CACHE/done and is not done again.
set -eu
cd "$(dirname "$0")"
: "${KUAGER_DEV_DATA:?set it to the folder that holds data/ and models/}" "${KUAGER_CACHE:?set it to a folder with 30 GB of room}"
export OMP_NUM_THREADS=1
python=${PYTHON:-python3}
"$python" -c 'import ai_edge_litert, av, cv2, moderngl, onnx2torch, sklearn, tflite, torchvision' ||
  { echo "all.sh: pip install -r models/training/requirements.txt first, or name the interpreter in PYTHON" >&2; exit 1; }
mkdir -p "$KUAGER_CACHE/done"

missing() {
  [ ! -e "$KUAGER_CACHE/done/$1" ] || { echo "all.sh: $1 done before (remove $KUAGER_CACHE/done/$1 to do it again)"; return 1; }
}
finished() {
  echo "all.sh: $(date +%H:%M) $1 finished"
  touch "$KUAGER_CACHE/done/$1"
}
stage() {
  name=$1
  shift
  missing "$name" || return 0
  echo "all.sh: $(date +%H:%M) $name: $*"
  "$python" "$@"
  finished "$name"
}

stage trunk eye.py --trunk-only
# The joints need nothing of the other two: they are made beside them.
if missing joints; then
  echo "all.sh: $(date +%H:%M) joints: joints.py"
  "$python" joints.py &
  joints=$!
  trap 'kill $joints 2>/dev/null' EXIT
  trap 'exit 1' INT TERM
fi
stage staged staged/make.py --set training --count 120 --out "$KUAGER_CACHE/staged"
stage eye eye.py
stage violence violence.py
if [ -n "${joints:-}" ]; then
  wait "$joints"
  trap - EXIT
  finished joints
fi
echo "all.sh: $(date +%H:%M) all three models are made"
