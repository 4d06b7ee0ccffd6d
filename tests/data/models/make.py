"""Makes the tiny models of the tests: `python tests/data/models/make.py` (needs `onnx`).

They see nothing. Each puts numbers of its input into its output, so that a test can tell whether a picture arrived in
the layout, element type, colour order and range that the card promises.

* tiny-f32: f32, NCHW, BGR, mean and std of the card. No features.
* tiny-u8: u8, NHWC, RGB. Features: the picture averaged over 4 x 4 pixels.
* tiny-violence: goes with tiny-u8. Probability: mean of the features times the region, over 255.
* wrong-rows: as tiny-f32, but a person has 55 numbers instead of 56.

A person row is: box centre 8, 8; size 10 x 12; score 0.9; then joints. Confidence of joint 0, 1, 2: mean of channel 0,
1, 2. Confidence of joint 3, 4, 5: channel 0, 1, 2 of the pixel in column 5, row 2. All else 0.
"""

import hashlib
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

HERE = Path(__file__).parent
JOINTS = (
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist "
    "right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle"
).split()
COLUMN, ROW = 5, 2


def people_nodes(image, rows_dropped=0):
    """From a f32 NCHW tensor named `image` to the people output."""
    pick = [ROW, COLUMN]
    constants = {
        "plane": np.array([2, 3], np.int64),
        "from": np.array(pick, np.int64),
        "to": np.array([p + 1 for p in pick], np.int64),
        "flat": np.array([3], np.int64),
        "box": np.array([8, 8, 10, 12, 0.9], np.float32),
        "xy": np.zeros(2, np.float32),
        "rest": np.zeros((17 - 6) * 3 - rows_dropped, np.float32),
        "shape": np.array([1, 1, 56 - rows_dropped], np.int64),
    }
    nodes = [
        helper.make_node("ReduceMean", [image, "plane"], ["means"], keepdims=0),
        helper.make_node("Slice", [image, "from", "to", "plane"], ["pixel"]),
        helper.make_node("Reshape", ["means", "flat"], ["means3"]),
        helper.make_node("Reshape", ["pixel", "flat"], ["pixel3"]),
        helper.make_node("Split", ["means3"], ["m0", "m1", "m2"], num_outputs=3),
        helper.make_node("Split", ["pixel3"], ["p0", "p1", "p2"], num_outputs=3),
        helper.make_node(
            "Concat",
            ["box", "xy", "m0", "xy", "m1", "xy", "m2", "xy", "p0", "xy", "p1", "xy", "p2", "rest"],
            ["row"],
            axis=0,
        ),
        helper.make_node("Reshape", ["row", "shape"], ["people"]),
    ]
    return nodes, constants


def save(name, card, nodes, constants, inputs, outputs):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    weights = [numpy_helper.from_array(v, k) for k, v in constants.items()]
    graph = helper.make_graph(nodes, name, inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], producer_name="kuager-tests")
    model.ir_version = 9
    checker.check_model(model)
    data = model.SerializeToString()
    assert len(data) < 2048, (name, len(data))
    (folder / f"{name}.onnx").write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    head = f'schema = 1\nname = "{name}"\nversion = "1"\nfile = "{name}.onnx"\nsha256 = "{sha256}"\n'
    head += 'licence = "MIT OR Apache-2.0"\norigin = "tests/data/models/make.py"\n'
    tail = '\n[use]\nintended = "Tests."\nnot_for = "Anything else."\nknown_failures = "It sees nothing."\n'
    (folder / "model.toml").write_text(head + card + tail)
    return sha256


def pose_card(width, height, layout, dtype, colour, extra, features):
    joints = ", ".join(f'"{j}"' for j in JOINTS)
    return (
        f'task = "person-pose"\n\n[input]\nname = "image"\nwidth = {width}\nheight = {height}\nlayout = "{layout}"\n'
        f'dtype = "{dtype}"\ncolour = "{colour}"\nfit = "letterbox-top-left"\npad_value = 114\n{extra}'
        f'\n[output]\nfamily = "people-rows"\npeople = "people"\n{features}keypoints = [{joints}]\n'
        f"\n[thresholds]\nscore = 0.25\nnms_iou = 0.6\nkeypoint = 0.3\n"
    )


def tensor(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def main():
    f32, u8 = TensorProto.FLOAT, TensorProto.UINT8
    normalising = "mean = [10.0, 20.0, 30.0]\nstd = [2.0, 4.0, 5.0]\n"
    for name, dropped in (("tiny-f32", 0), ("wrong-rows", 1)):
        nodes, constants = people_nodes("image", dropped)
        save(
            name,
            pose_card(24, 16, "nchw", "f32", "bgr", normalising, ""),
            nodes,
            constants,
            [tensor("image", f32, [1, 3, 16, 24])],
            [tensor("people", f32, [1, 1, 56 - dropped])],
        )

    nodes, constants = people_nodes("planes")
    nodes = [
        helper.make_node("Cast", ["image"], ["numbers"], to=f32),
        helper.make_node("Transpose", ["numbers"], ["planes"], perm=[0, 3, 1, 2]),
        *nodes,
        helper.make_node("AveragePool", ["planes"], ["features"], kernel_shape=[4, 4], strides=[4, 4]),
    ]
    sha256 = save(
        "tiny-u8",
        pose_card(24, 16, "nhwc", "u8", "rgb", "", 'features = "features"\n'),
        nodes,
        constants,
        [tensor("image", u8, [1, 16, 24, 3])],
        [tensor("people", f32, [1, 1, 56]), tensor("features", f32, [1, 3, 4, 6])],
    )

    constants = {"axes": np.array([1, 2], np.int64), "range": np.array([255], np.float32)}
    constants["one"] = np.array([1], np.int64)
    nodes = [
        helper.make_node("Unsqueeze", ["region", "axes"], ["mask"]),
        helper.make_node("Mul", ["features", "mask"], ["seen"]),
        helper.make_node("ReduceMean", ["seen"], ["mean"], keepdims=0),
        helper.make_node("Div", ["mean", "range"], ["share"]),
        helper.make_node("Reshape", ["share", "one"], ["probability"]),
    ]
    save(
        "tiny-violence",
        'task = "violence"\n\n[window]\nframes = 3\nstep_millis = 200\nmin_frames = 2\nfeatures_from = "tiny-u8"\n'
        f'features_sha256 = "{sha256}"\n\n[input]\nfeatures = "features"\nregion = "region"\n'
        '\n[output]\nprobability = "probability"\n\n[thresholds]\nalarm = 0.5\n',
        nodes,
        constants,
        [tensor("features", f32, [1, 3, 3, 4, 6]), tensor("region", f32, [1, 4, 6])],
        [tensor("probability", f32, [1])],
    )


main()
