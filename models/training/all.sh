#!/bin/sh
# Makes the three embedded models from the development data: about three hours on two cores. README.md describes the stages.
# Killed, it goes on where it was; a finished stage leaves a file in $KUAGER_CACHE/done and is not done again.
set -eu
cd "$(dirname "$0")"
: "${KUAGER_DEV_DATA:?set it to the folder that holds data/ and models/}" "${KUAGER_CACHE:?set it to a folder with 30 GB of room}"
export OMP_NUM_THREADS=1
python=${PYTHON:-python3}
"$python" -c 'import ai_edge_litert, av, cv2, moderngl, onnx2torch, sklearn, tflite, torchvision' ||
  { echo "all.sh: pip install -r models/training/requirements.txt first, or name the interpreter in PYTHON" >&2; exit 1; }
mkdir -p "$KUAGER_CACHE/done"

stage() {
  mark=$KUAGER_CACHE/done/$1
  shift
  if [ -e "$mark" ]; then echo "all.sh: done before (remove $mark to do it again): $*"; return; fi
  echo "all.sh: $(date +%H:%M) $*"
  "$python" "$@"
  touch "$mark"
}

stage staged staged/make.py --set training --count 120 --out "$KUAGER_CACHE/staged"
stage eye eye.py
stage joints joints.py
stage violence violence.py
echo "all.sh: $(date +%H:%M) all three models are made"
