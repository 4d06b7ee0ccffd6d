//! Points, sizes and boxes. Which space they are in is said by the name of the field that holds them.

use serde::{Deserialize, Serialize};

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// A position in pixels, `y` downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Pixels from the left.
    pub x: f32,
    /// Pixels from the top.
    pub y: f32,
}

impl Point {
    /// Euclidean distance in pixels.
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// An axis-aligned box in pixels; serialised as `[x, y, width, height]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 4]", into = "[f32; 4]")]
pub struct BBox {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Extent to the right, not negative.
    pub width: f32,
    /// Extent downwards, not negative.
    pub height: f32,
}

impl From<[f32; 4]> for BBox {
    fn from([x, y, width, height]: [f32; 4]) -> Self {
        Self { x, y, width, height }
    }
}

impl From<BBox> for [f32; 4] {
    fn from(b: BBox) -> Self {
        [b.x, b.y, b.width, b.height].map(|v| (v * 10.0).round() / 10.0)
    }
}

impl BBox {
    /// The whole of a picture.
    pub fn of_picture(size: Size) -> Self {
        Self { x: 0.0, y: 0.0, width: size.width as f32, height: size.height as f32 }
    }

    /// The box around a centre.
    pub fn from_centre(centre: Point, width: f32, height: f32) -> Self {
        Self { x: centre.x - width / 2.0, y: centre.y - height / 2.0, width, height }
    }

    /// Right edge.
    pub fn right(self) -> f32 {
        self.x + self.width
    }

    /// Bottom edge.
    pub fn bottom(self) -> f32 {
        self.y + self.height
    }

    /// Middle.
    pub fn centre(self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }

    /// Pixels covered.
    pub fn area(self) -> f32 {
        self.width * self.height
    }

    /// The longer side: a body's length whether it stands or lies, the unit of "body heights".
    pub fn body_length(self) -> f32 {
        self.width.max(self.height)
    }

    /// Whether the point lies inside.
    pub fn contains(self, p: Point) -> bool {
        p.x >= self.x && p.x < self.right() && p.y >= self.y && p.y < self.bottom()
    }

    /// Intersection over union, 0 when either is empty.
    pub fn iou(self, other: Self) -> f32 {
        let inter = self.intersection_area(other);
        let union = self.area() + other.area() - inter;
        if union > 0.0 { inter / union } else { 0.0 }
    }

    /// Pixels both cover.
    pub fn intersection_area(self, other: Self) -> f32 {
        let w = self.right().min(other.right()) - self.x.max(other.x);
        let h = self.bottom().min(other.bottom()) - self.y.max(other.y);
        w.max(0.0) * h.max(0.0)
    }

    /// Shortest distance between the two boxes, 0 when they touch.
    pub fn gap(self, other: Self) -> f32 {
        let dx = (self.x.max(other.x) - self.right().min(other.right())).max(0.0);
        let dy = (self.y.max(other.y) - self.bottom().min(other.bottom())).max(0.0);
        dx.hypot(dy)
    }

    /// The smallest box that holds both.
    pub fn union(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self {
            x,
            y,
            width: self.right().max(other.right()) - x,
            height: self.bottom().max(other.bottom()) - y,
        }
    }

    /// Grown about its centre by a share of its size (0.15 = 15 % wider and higher in all).
    pub fn enlarged(self, share: f32) -> Self {
        Self::from_centre(self.centre(), self.width * (1.0 + share), self.height * (1.0 + share))
    }

    /// The part within a picture.
    pub fn clipped(self, size: Size) -> Self {
        let (x, y) = (self.x.clamp(0.0, size.width as f32), self.y.clamp(0.0, size.height as f32));
        Self {
            x,
            y,
            width: (self.right().min(size.width as f32) - x).max(0.0),
            height: (self.bottom().min(size.height as f32) - y).max(0.0),
        }
    }

    /// Multiplied by a factor about the origin, for a picture that was scaled.
    pub fn scaled(self, factor: f32) -> Self {
        Self {
            x: self.x * factor,
            y: self.y * factor,
            width: self.width * factor,
            height: self.height * factor,
        }
    }
}

/// Maps a model's input pixels to frame pixels: `frame = (input - offset_in_input) * scale`, per axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameFromInput {
    /// Frame pixels per input pixel, across and down (equal unless the fit stretches).
    pub scale: [f32; 2],
    /// Where the picture begins within the input.
    pub offset_in_input: Point,
}

impl FrameFromInput {
    /// A point of the input, in the frame.
    pub fn point(self, p: Point) -> Point {
        Point {
            x: (p.x - self.offset_in_input.x) * self.scale[0],
            y: (p.y - self.offset_in_input.y) * self.scale[1],
        }
    }

    /// A box of the input, in the frame.
    pub fn bbox(self, b: BBox) -> BBox {
        let top_left = self.point(Point { x: b.x, y: b.y });
        BBox {
            x: top_left.x,
            y: top_left.y,
            width: b.width * self.scale[0],
            height: b.height * self.scale[1],
        }
    }

    /// From the input of a part of this input: first by `inner`, then by this.
    pub fn after(self, inner: Self) -> Self {
        let ([ix, iy], [x, y]) = (inner.scale, self.scale);
        Self {
            scale: [ix * x, iy * y],
            offset_in_input: Point {
                x: inner.offset_in_input.x + self.offset_in_input.x / ix,
                y: inner.offset_in_input.y + self.offset_in_input.y / iy,
            },
        }
    }

    /// A box of the frame, in the input.
    pub fn inverse_bbox(self, b: BBox) -> BBox {
        BBox {
            x: b.x / self.scale[0] + self.offset_in_input.x,
            y: b.y / self.scale[1] + self.offset_in_input.y,
            width: b.width / self.scale[0],
            height: b.height / self.scale[1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: BBox = BBox { x: 0.0, y: 0.0, width: 10.0, height: 10.0 };
    const B: BBox = BBox { x: 5.0, y: 0.0, width: 10.0, height: 10.0 };
    const FAR: BBox = BBox { x: 13.0, y: 14.0, width: 1.0, height: 1.0 };

    #[test]
    fn ways_into_the_frame_follow_one_another() {
        let way = |scale, x, y| FrameFromInput { scale, offset_in_input: Point { x, y } };
        let (outer, inner) = (way([3.0, 2.0], 10.0, -4.0), way([0.5, 0.25], -7.0, 8.0));
        let p = Point { x: 12.0, y: 20.0 };
        let (at_once, in_steps) = (outer.after(inner).point(p), outer.point(inner.point(p)));
        assert!(at_once.distance(in_steps) < 1e-4, "{at_once:?}, wanted {in_steps:?}");
    }

    #[test]
    fn overlap_and_distance() {
        assert!((A.iou(B) - 50.0 / 150.0).abs() < 1e-6);
        assert_eq!(A.gap(B), 0.0);
        assert_eq!(A.gap(FAR), 5.0);
        assert_eq!(A.union(FAR), BBox { x: 0.0, y: 0.0, width: 14.0, height: 15.0 });
    }

    #[test]
    fn clipping_keeps_the_inside() {
        let b = BBox { x: -5.0, y: -5.0, width: 10.0, height: 30.0 };
        let clipped = b.clipped(Size { width: 20, height: 20 });
        assert_eq!(clipped, BBox { x: 0.0, y: 0.0, width: 5.0, height: 20.0 });
    }
}
