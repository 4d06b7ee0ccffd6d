"""Makes the tiny models of the tests: `python tests/data/models/make.py` (needs `onnx`).

They see nobody. Most put numbers of their input into their output, so that a test can tell whether a picture arrived in
the layout, element type, colour order and range that the card promises. The others have the published layouts of the
families of outputs, with people at places known by construction.

* tiny-f32: f32, NCHW, BGR, mean and std of the card. No features.
* tiny-u8: u8, NHWC, RGB. Features: the picture averaged over 4 x 4 pixels.
* tiny-violence: goes with tiny-u8. Probability: mean of the features times the region, over 255.
* tiny-together: as tiny-u8 for any number of pictures, of which the card allows 4.
* tiny-together-f32: as tiny-f32, likewise.
* wrong-rows: as tiny-f32, but a person has 55 numbers instead of 56.
* tiny-yolox: raw head over 64 x 32, two classes, the second a person. See CELLS.
* tiny-rtmdet: `dets` and `labels`. As many of ROWS as the picture's mean level says, so that their number is open.
* tiny-rtmo: `dets` and `keypoints`, likewise. Joint j of row i is at (10 i + j, 20 + j) with confidence 0.5 + j / 100.
* tiny-end-to-end: 300 rows of 57 numbers, ROWS with the same joints and then nothing.
* tiny-simcc: `simcc_x` and `simcc_y` of a 192 x 256 crop with any number of crops. Every joint is at the pixel with most
  red; joint j has its red over 255, less 2 j percent.
* tiny-movenet: `[1, 1, 17, 3]` of a 48 x 48 crop of 32-bit integers, likewise.

A person row of the first is: box centre 8, 8; size 10 x 12; score 0.9; then joints. x of joint 0, 1, 2: mean of channel
0, 1, 2. x of joint 3, 4, 5: channel 0, 1, 2 of the pixel in column 5, row 2. All else 0.
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
        "yc": np.zeros(2, np.float32),
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
            ["box", "m0", "yc", "m1", "yc", "m2", "yc", "p0", "yc", "p1", "yc", "p2", "yc", "rest"],
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
    assert len(data) < 4096, (name, len(data))
    (folder / f"{name}.onnx").write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    head = f'schema = 1\nname = "{name}"\nversion = "1"\nfile = "{name}.onnx"\nsha256 = "{sha256}"\n'
    head += 'licence = "MIT OR Apache-2.0"\norigin = "tests/data/models/make.py"\n'
    tail = '\n[use]\nintended = "Tests."\nnot_for = "Anything else."\nknown_failures = "It sees nobody."\n'
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


# Cells of tiny-yolox: stride, column, line, then x, y, log width, log height, objectness, class 0, class 1.
CELLS = [
    (8, 3, 1, 0.5, 0.25, np.log(2), np.log(3), 0.9, 0.1, 0.8),  # centre 28, 10; 16 x 24; score 0.72
    (16, 1, 0, 0.75, 0.625, 0, np.log(1.5), 0.8, 0, 0.5),  # the same box again, score 0.4
    (32, 1, 0, 0.5, 0.5, 0, 0, 0.9, 0.9, 0.1),  # of the other class
    (16, 3, 1, 0.5, 0.5, 0, np.log(0.5), 1, 0, 0.6),  # centre 56, 24; 16 x 8; score 0.6
]
# left, top, right, bottom, score, class.
ROWS = np.array(
    [
        [4, 2, 14, 22, 0.9, 0],
        [5, 2, 15, 22, 0.8, 0],  # overlaps the first by 0.82
        [20, 4, 30, 24, 0.7, 1],  # of another class
        [32, 6, 40, 30, 0.6, 0],
        [32, 6, 32, 6, 0.5, 0],  # padding: a box without extent
        [10, 10, 20, 20, 0.1, 0],  # too weak
    ],
    np.float32,
)


def row_joints():
    """[rows, 17, 3]."""
    joint = np.arange(17)
    each = [np.stack([10 * i + joint, 20 + joint, 0.5 + joint / 100], 1) for i in range(len(ROWS))]
    return np.array(each, np.float32)


def yolox_rows():
    """[1, 42, 7]."""
    rows, at = np.zeros((1, 32 + 8 + 2, 7), np.float32), 0
    for stride in (8, 16, 32):
        columns, lines = 64 // stride, 32 // stride
        for cell in (c for c in CELLS if c[0] == stride):
            rows[0, at + cell[2] * columns + cell[1]] = cell[3:]
        at += columns * lines
    return rows


def unchanged(constant, output):
    """Gives a constant, and still depends on the picture: adds its mean times nothing."""
    return [
        helper.make_node("ReduceMean", ["image"], ["level"], keepdims=0),
        helper.make_node("Mul", ["level", "nothing"], ["none"]),
        helper.make_node("Add", [constant, "none"], [output]),
    ]


def as_many_as_the_level(constants_to_outputs):
    """The first rows of each constant [1, n, …], as many as the picture's mean level."""
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["level"], keepdims=0),
        helper.make_node("Cast", ["level"], ["count"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["count", "flat"], ["counts"]),
    ]
    slices = [
        helper.make_node("Slice", [constant, "begin", "counts", "axis"], [output])
        for constant, output in constants_to_outputs.items()
    ]
    indices = {"flat": np.array([1], np.int64), "begin": np.array([0], np.int64), "axis": np.array([1], np.int64)}
    return nodes + slices, indices


def brightest_red(red, height, width):
    """From [n, 1, height, width] with 0 to 1 to its `columns` [n, 1, width] and `lines` [n, 1, height]."""
    constants = {"down": np.array([2], np.int64), "across": np.array([3], np.int64)}
    nodes = [
        helper.make_node("ReduceMax", [red, "down"], ["columns"], keepdims=0),
        helper.make_node("ReduceMax", [red, "across"], ["lines"], keepdims=0),
    ]
    return nodes, constants


def image_section(width, height, layout, dtype, colour, extra):
    return (
        f'[input]\nname = "image"\nwidth = {width}\nheight = {height}\nlayout = "{layout}"\ndtype = "{dtype}"\n'
        f'colour = "{colour}"\n{extra}'
    )


def keypoints():
    return "keypoints = [" + ", ".join(f'"{j}"' for j in JOINTS) + "]\n"


def family_card(task, image, output):
    joints = "" if task == "person-detector" else keypoints()
    thresholds = "" if task == "crop-pose" else "score = 0.25\nnms_iou = 0.6\n"
    thresholds += "" if task == "person-detector" else "keypoint = 0.3\n"
    return f'task = "{task}"\n\n{image}\n[output]\n{output}{joints}\n[thresholds]\n{thresholds}'


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

    together()
    families()


def together_nodes(image):
    """As `people_nodes`, for any number of pictures: a row is the six numbers, put into place by a product."""
    places = np.zeros((6, 56), np.float32)
    places[np.arange(6), 5 + 3 * np.arange(6)] = 1
    rest = np.zeros(56, np.float32)
    rest[:5] = [8, 8, 10, 12, 0.9]
    constants = {
        "plane": np.array([2, 3], np.int64),
        "from": np.array([ROW, COLUMN], np.int64),
        "to": np.array([ROW + 1, COLUMN + 1], np.int64),
        "flat": np.array([-1, 3], np.int64),
        "places": places,
        "rest": rest,
        "row_axis": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("ReduceMean", [image, "plane"], ["means"], keepdims=0),
        helper.make_node("Slice", [image, "from", "to", "plane"], ["pixel"]),
        helper.make_node("Reshape", ["pixel", "flat"], ["pixel3"]),
        helper.make_node("Concat", ["means", "pixel3"], ["numbers6"], axis=1),
        helper.make_node("MatMul", ["numbers6", "places"], ["placed"]),
        helper.make_node("Add", ["placed", "rest"], ["row"]),
        helper.make_node("Unsqueeze", ["row", "row_axis"], ["people"]),
    ]
    return nodes, constants


def together():
    f32, u8 = TensorProto.FLOAT, TensorProto.UINT8
    nodes, constants = together_nodes("planes")
    nodes = [
        helper.make_node("Cast", ["image"], ["numbers"], to=f32),
        helper.make_node("Transpose", ["numbers"], ["planes"], perm=[0, 3, 1, 2]),
        *nodes,
        helper.make_node("AveragePool", ["planes"], ["features"], kernel_shape=[4, 4], strides=[4, 4]),
    ]
    save(
        "tiny-together",
        pose_card(24, 16, "nhwc", "u8", "rgb", "max_batch = 4\n", 'features = "features"\n'),
        nodes,
        constants,
        [tensor("image", u8, ["pictures", 16, 24, 3])],
        [tensor("people", f32, ["pictures", 1, 56]), tensor("features", f32, ["pictures", 3, 4, 6])],
    )
    nodes, constants = together_nodes("image")
    normalising = "mean = [10.0, 20.0, 30.0]\nstd = [2.0, 4.0, 5.0]\nmax_batch = 4\n"
    save(
        "tiny-together-f32",
        pose_card(24, 16, "nchw", "f32", "bgr", normalising, ""),
        nodes,
        constants,
        [tensor("image", f32, ["pictures", 3, 16, 24])],
        [tensor("people", f32, ["pictures", 1, 56])],
    )


def families():
    f32, i32, i64 = TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64
    fit = 'fit = "letterbox-top-left"\npad_value = 114\n'
    small = image_section(48, 32, "nchw", "f32", "bgr", fit)
    small_input = tensor("image", f32, ["batch", 3, 32, 48])

    save(
        "tiny-yolox",
        family_card(
            "person-detector",
            image_section(64, 32, "nchw", "f32", "bgr", fit),
            'family = "yolox-grid"\npeople = "output"\nperson_class = 1\n',
        ),
        unchanged("rows", "output"),
        {"rows": yolox_rows(), "nothing": np.float32(0)},
        [tensor("image", f32, [1, 3, 32, 64])],
        [tensor("output", f32, [1, 42, 7])],
    )

    nodes, indices = as_many_as_the_level({"rows": "dets", "classes": "labels"})
    save(
        "tiny-rtmdet",
        family_card(
            "person-detector", small, 'family = "dets"\npeople = "dets"\nlabels = "labels"\nperson_class = 0\n'
        ),
        nodes,
        {**indices, "rows": ROWS[None, :, :5], "classes": ROWS[None, :, 5].astype(np.int64)},
        [small_input],
        [tensor("dets", f32, ["batch", "n", 5]), tensor("labels", i64, ["batch", "n"])],
    )

    nodes, indices = as_many_as_the_level({"rows": "dets", "joints": "keypoints"})
    save(
        "tiny-rtmo",
        family_card("person-pose", small, 'family = "dets"\npeople = "dets"\njoints = "keypoints"\n'),
        nodes,
        {**indices, "rows": ROWS[None, :, :5], "joints": row_joints()[None]},
        [small_input],
        [tensor("dets", f32, ["batch", "n", 5]), tensor("keypoints", f32, ["batch", "n", 17, 3])],
    )

    rows = np.concatenate([ROWS, row_joints().reshape(len(ROWS), 51)], 1)[None]
    padding = np.array([0, 0, 0, 0, 300 - len(ROWS), 0], np.int64)
    save(
        "tiny-end-to-end",
        family_card("person-pose", small, 'family = "end-to-end"\npeople = "output0"\nperson_class = 0\n'),
        [*unchanged("rows", "some"), helper.make_node("Pad", ["some", "padding"], ["output0"])],
        {"rows": rows, "padding": padding, "nothing": np.float32(0)},
        [small_input],
        [tensor("output0", f32, [1, 300, 57])],
    )

    less = np.array([1 - 0.02 * j for j in range(17)], np.float32).reshape(1, 17, 1)
    nodes, constants = brightest_red("red", 256, 192)
    constants |= {
        "zero": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "std": np.float32(58.395 / 255),
        "mean": np.float32(123.675 / 255),
        "less": less,
        "twice": np.array([1, 1, 2], np.float32),
    }
    save(
        "tiny-simcc",
        family_card(
            "crop-pose",
            image_section(
                192,
                256,
                "nchw",
                "f32",
                "rgb",
                "crop_padding = 1.25\nmean = [123.675, 116.28, 103.53]\nstd = [58.395, 57.12, 57.375]\n",
            ),
            'family = "simcc"\nx = "simcc_x"\ny = "simcc_y"\nsplit_ratio = 2.0\n',
        ),
        [
            helper.make_node("Slice", ["image", "zero", "one", "one"], ["normalised"]),
            helper.make_node("Mul", ["normalised", "std"], ["shifted"]),
            helper.make_node("Add", ["shifted", "mean"], ["red"]),
            *nodes,
            helper.make_node("Resize", ["columns", "", "twice"], ["steps_x"], mode="nearest"),
            helper.make_node("Resize", ["lines", "", "twice"], ["steps_y"], mode="nearest"),
            helper.make_node("Mul", ["steps_x", "less"], ["simcc_x"]),
            helper.make_node("Mul", ["steps_y", "less"], ["simcc_y"]),
        ],
        constants,
        [tensor("image", f32, ["batch", 3, 256, 192])],
        [tensor("simcc_x", f32, ["batch", 17, 384]), tensor("simcc_y", f32, ["batch", 17, 512])],
    )

    nodes, constants = brightest_red("red", 48, 48)
    constants |= {
        "zero": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "last": np.array([3], np.int64),
        "range": np.float32(255),
        "side": np.float32(48),
        "less": less,
        "all": np.array([1, 17, 1], np.int64),
        "shape": np.array([1, 1, 17, 3], np.int64),
    }
    save(
        "tiny-movenet",
        family_card(
            "crop-pose",
            image_section(48, 48, "nhwc", "i32", "rgb", "crop_padding = 1.25\n"),
            'family = "yx-score"\njoints = "output_0"\n',
        ),
        [
            helper.make_node("Slice", ["image", "zero", "one", "last"], ["plane"]),
            helper.make_node("Cast", ["plane"], ["levels"], to=f32),
            helper.make_node("Div", ["levels", "range"], ["share"]),
            helper.make_node("Transpose", ["share"], ["red"], perm=[0, 3, 1, 2]),
            *nodes,
            helper.make_node("ArgMax", ["columns"], ["column"], axis=2),
            helper.make_node("ArgMax", ["lines"], ["line"], axis=2),
            helper.make_node("Cast", ["column"], ["column_f"], to=f32),
            helper.make_node("Cast", ["line"], ["line_f"], to=f32),
            helper.make_node("Div", ["column_f", "side"], ["x1"]),
            helper.make_node("Div", ["line_f", "side"], ["y1"]),
            helper.make_node("Expand", ["x1", "all"], ["x"]),
            helper.make_node("Expand", ["y1", "all"], ["y"]),
            helper.make_node("ReduceMax", ["columns", "two"], ["most"], keepdims=1),
            helper.make_node("Mul", ["most", "less"], ["score"]),
            helper.make_node("Concat", ["y", "x", "score"], ["joints"], axis=2),
            helper.make_node("Reshape", ["joints", "shape"], ["output_0"]),
        ],
        {**constants, "two": np.array([2], np.int64)},
        [tensor("image", i32, [1, 48, 48, 3])],
        [tensor("output_0", f32, [1, 1, 17, 3])],
    )


main()
