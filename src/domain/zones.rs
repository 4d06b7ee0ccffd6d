//! Parts of a camera's picture that mean something: where people sleep, where they do sport, what must not be looked at.
//!
//! Corners are shares of the picture as displayed (0 to 1), so that a zone holds whatever size a recording has. Zones say
//! nothing about who may be where: there is no kind for a place that somebody must not enter.

use super::{Point, Size};

/// What a zone means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ZoneKind {
    /// Where people sleep: lying here is no flag.
    Bed,
    /// Where people do sport or walk.
    Yard,
    /// Never analysed: its pixels are blanked before anything looks at them.
    Excluded,
    /// Where people leave the picture, toward a neighbour or a place without a camera.
    Exit,
}

impl ZoneKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Bed, Self::Yard, Self::Excluded, Self::Exit];

    /// The name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bed => "bed",
            Self::Yard => "yard",
            Self::Excluded => "excluded",
            Self::Exit => "exit",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == name)
    }
}

/// A closed line of straight edges, its corners in shares of the picture's width and height.
#[derive(Clone, Debug, PartialEq)]
pub struct Polygon {
    corners: Vec<[f32; 2]>,
}

impl Polygon {
    /// With these corners, in order; the last is joined to the first.
    pub fn new(corners: Vec<[f32; 2]>) -> Self {
        Self { corners }
    }

    /// Its corners.
    pub fn corners(&self) -> &[[f32; 2]] {
        &self.corners
    }

    /// Whether a place, in shares of the picture, lies inside.
    pub fn contains(&self, [x, y]: [f32; 2]) -> bool {
        let mut is_inside = false;
        for ([ax, ay], [bx, by]) in self.edges() {
            let is_crossed = (ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax;
            is_inside ^= is_crossed;
        }
        is_inside
    }

    /// Its area as a share of the picture.
    pub fn area_share(&self) -> f32 {
        let twice: f32 = self.edges().map(|([ax, ay], [bx, by])| ax * by - bx * ay).sum();
        twice.abs() / 2.0
    }

    /// Whether two of its edges cross each other.
    pub fn crosses_itself(&self) -> bool {
        let edges: Vec<_> = self.edges().collect();
        let is_next = |i: usize, j: usize| j == i + 1 || (i == 0 && j + 1 == edges.len());
        let pairs = (0..edges.len()).flat_map(|i| (i + 1..edges.len()).map(move |j| (i, j)));
        pairs.into_iter().any(|(i, j)| !is_next(i, j) && do_cross(edges[i], edges[j]))
    }

    fn edges(&self) -> impl Iterator<Item = ([f32; 2], [f32; 2])> {
        let next = self.corners.iter().cycle().skip(1);
        self.corners.iter().copied().zip(next.copied())
    }
}

fn do_cross((a, b): ([f32; 2], [f32; 2]), (c, d): ([f32; 2], [f32; 2])) -> bool {
    let side =
        |p: [f32; 2], q: [f32; 2], r: [f32; 2]| (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

/// A named part of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Its name, unique within its camera.
    pub name: String,
    /// What it means.
    pub kind: ZoneKind,
    /// Where it is.
    pub polygon: Polygon,
}

/// All zones of one camera; none by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zones(Vec<Zone>);

impl Zones {
    /// Columns and rows at which areas are compared.
    const RASTER: [u16; 2] = [192, 108];

    /// These zones.
    pub fn new(zones: Vec<Zone>) -> Self {
        Self(zones)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In the order of the configuration.
    pub fn iter(&self) -> impl Iterator<Item = &Zone> {
        self.0.iter()
    }

    /// The zones of a kind.
    pub fn of_kind(&self, kind: ZoneKind) -> impl Iterator<Item = &Zone> {
        self.0.iter().filter(move |z| z.kind == kind)
    }

    /// Whether a point of the picture lies in a zone of that kind. `frame` is the size of the picture as displayed.
    pub fn contains(&self, kind: ZoneKind, point_in_frame: Point, frame: Size) -> bool {
        let share = share_of(point_in_frame, frame);
        self.of_kind(kind).any(|z| z.polygon.contains(share))
    }

    /// The zone of that kind in which a point lies; the first where several do.
    pub fn at(&self, kind: ZoneKind, point_in_frame: Point, frame: Size) -> Option<&Zone> {
        let share = share_of(point_in_frame, frame);
        self.of_kind(kind).find(|z| z.polygon.contains(share))
    }

    /// Share of the picture that is never analysed.
    pub fn excluded_share(&self) -> f64 {
        let is_excluded = |at| self.of_kind(ZoneKind::Excluded).any(|z| z.polygon.contains(at));
        share_where(is_excluded)
    }

    /// Share of the picture that two zones have in common.
    pub fn common_share(a: &Polygon, b: &Polygon) -> f64 {
        share_where(|at| a.contains(at) && b.contains(at))
    }
}

fn share_of(point_in_frame: Point, frame: Size) -> [f32; 2] {
    [point_in_frame.x / frame.width.max(1) as f32, point_in_frame.y / frame.height.max(1) as f32]
}

fn share_where(is_counted: impl Fn([f32; 2]) -> bool) -> f64 {
    let [columns, rows] = Zones::RASTER;
    let middle = |i: u16, of: u16| (f32::from(i) + 0.5) / f32::from(of);
    let cells = (0..rows).flat_map(|y| (0..columns).map(move |x| [middle(x, columns), middle(y, rows)]));
    let counted = cells.filter(|at| is_counted(*at)).count();
    counted as f64 / (f64::from(columns) * f64::from(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(kind: ZoneKind, corners: &[[f32; 2]]) -> Zone {
        Zone { name: kind.as_str().to_owned(), kind, polygon: Polygon::new(corners.to_vec()) }
    }

    const LEFT_HALF: [[f32; 2]; 4] = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]];
    const TOP_HALF: [[f32; 2]; 4] = [[0.0, 0.0], [1.0, 0.0], [1.0, 0.5], [0.0, 0.5]];

    #[test]
    fn a_zone_holds_whatever_size_the_picture_has() {
        let zones = Zones::new(vec![zone(ZoneKind::Bed, &LEFT_HALF)]);
        for (width, height) in [(640, 360), (1920, 1080)] {
            let frame = Size { width, height };
            let at = |share: f32| Point { x: share * width as f32, y: 0.3 * height as f32 };
            assert!(zones.contains(ZoneKind::Bed, at(0.49), frame));
            assert!(!zones.contains(ZoneKind::Bed, at(0.51), frame));
            assert!(!zones.contains(ZoneKind::Yard, at(0.49), frame), "a zone of another kind");
            assert_eq!(zones.at(ZoneKind::Bed, at(0.1), frame).map(|z| z.name.as_str()), Some("bed"));
        }
    }

    #[test]
    fn excluded_zones_that_overlap_are_counted_once() {
        let excluded = |corners| zone(ZoneKind::Excluded, corners);
        let zones =
            Zones::new(vec![excluded(&LEFT_HALF), excluded(&TOP_HALF), zone(ZoneKind::Bed, &TOP_HALF)]);
        assert!((zones.excluded_share() - 0.75).abs() < 0.01, "{}", zones.excluded_share());
        let common = Zones::common_share(&Polygon::new(LEFT_HALF.into()), &Polygon::new(TOP_HALF.into()));
        assert!((common - 0.25).abs() < 0.01, "{common}");
    }

    #[test]
    fn a_polygon_that_crosses_itself_is_known() {
        let bow = Polygon::new(vec![[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]);
        assert!(bow.crosses_itself() && bow.area_share() < 1e-6);
        let concave = Polygon::new(vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.2], [0.0, 1.0]]);
        assert!(!concave.crosses_itself());
        assert!(concave.contains([0.1, 0.5]) && !concave.contains([0.5, 0.5]));
        assert!((concave.area_share() - 0.6).abs() < 1e-5);
    }
}
