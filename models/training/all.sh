#!/bin/sh
# Makes the three embedded models from the development data: about three hours on two cores. README.md describes the stages.
set -eu
cd "$(dirname "$0")"
: "${KUAGER_DEV_DATA:?set it to the folder that holds data/ and models/}" "${KUAGER_CACHE:?set it to a folder with 30 GB of room}"
export OMP_NUM_THREADS=1
python=${PYTHON:-python3}
"$python" -c 'import ai_edge_litert, av, cv2, moderngl, onnx2torch, sklearn, tflite, torchvision' ||
  { echo "all.sh: pip install -r models/training/requirements.txt first, or name the interpreter in PYTHON" >&2; exit 1; }
"$python" staged/make.py --set training --count 120 --out "$KUAGER_CACHE/staged"
"$python" eye.py --minutes 22
"$python" joints.py --minutes 97
"$python" violence.py
