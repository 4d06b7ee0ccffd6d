//! From a decoded picture's planes to RGB of another size, a row at a time, without a copy of the whole in between.
//!
//! Colours are ITU-R BT.601, as swscale takes them where it is told nothing, and as in training; a format of full range
//! (`YUVJ…`) is read as such.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame::Video;

use super::resample::{Beyond, Plane, Resampler, Samples};

/// Makes RGB of planar pictures. Buffers are kept between pictures.
#[derive(Default)]
pub(super) struct YuvToRgb {
    luma: Resampler,
    chroma: Resampler,
    rows: Rows,
}

/// Samples of one row, 128 a level.
#[derive(Default)]
struct Rows {
    y: Vec<i16>,
    u: Vec<i16>,
    v: Vec<i16>,
    /// Sixteenths of a level: of the luma, and what the colour adds to red, green and blue.
    grey: Vec<i16>,
    colour: [Vec<i16>; 3],
    rgb: [Vec<u8>; 3],
}

/// Whether black is 16 and white 235 (`false`), or 0 and 255.
fn full_range(format: Pixel) -> Option<bool> {
    match format {
        Pixel::YUV420P | Pixel::YUV422P | Pixel::YUV444P => Some(false),
        Pixel::YUVJ420P | Pixel::YUVJ422P | Pixel::YUVJ444P => Some(true),
        _ => None,
    }
}

/// Whether [`YuvToRgb`] reads this format: three planes of 8 bits.
pub(super) fn is_read(format: Pixel) -> bool {
    full_range(format).is_some()
}

impl YuvToRgb {
    /// Writes the samples into `rgb` from `start` on, rows `row_bytes` apart. What lies beyond the picture is its edge,
    /// or a grey of the given level.
    pub fn write(
        &mut self,
        frame: &Video,
        (across, down): (Samples, Samples),
        grey_beyond: Option<u8>,
        (rgb, start, row_bytes): (&mut [u8], usize, usize),
    ) {
        let Some(is_full) = full_range(frame.format()) else { return };
        let planes = [0, 1, 2].map(|plane| Plane {
            data: frame.data(plane),
            stride: frame.stride(plane),
            width: frame.plane_width(plane) as usize,
            height: frame.plane_height(plane) as usize,
        });
        let [luma, chroma, _] = planes;
        let shrink = |whole: usize, part: usize| whole.div_ceil(part.max(1)) as f64;
        // As swscale does: two pixels share a colour where the row can be split into pairs.
        let is_paired = across.count.is_multiple_of(2) && chroma.width < luma.width;
        let rounding = Rounding::as_swscale(is_full, is_paired, down.step);
        let beyond = |level| if grey_beyond.is_some() { Beyond::Level(level) } else { Beyond::Edge };
        let black_beyond = beyond(rounding.luma_of(grey_beyond.unwrap_or(0), is_full));
        self.luma.set(across, down, [luma.width, luma.height], black_beyond);
        let chroma_across = if is_paired { across.halved() } else { across };
        self.chroma.set(
            chroma_across.shrunk(shrink(luma.width, chroma.width)),
            down.shrunk(shrink(luma.height, chroma.height)),
            [chroma.width, chroma.height],
            beyond(128),
        );
        self.rows.resize(across.count, chroma_across.count);
        let rows = rgb[start..].chunks_mut(row_bytes).take(down.count);
        for (row, out) in rows.enumerate() {
            self.luma.row(planes[0], row, &mut self.rows.y);
            self.chroma.row(planes[1], row, &mut self.rows.u);
            self.chroma.row(planes[2], row, &mut self.rows.v);
            // Each with shares that are known when this is compiled, which more than halves the time.
            match (is_full, is_paired) {
                (false, true) => self.rows.colour_row::<2>(const { Shares::of(false) }, rounding),
                (true, true) => self.rows.colour_row::<2>(const { Shares::of(true) }, rounding),
                (false, false) => self.rows.colour_row::<1>(const { Shares::of(false) }, rounding),
                (true, false) => self.rows.colour_row::<1>(const { Shares::of(true) }, rounding),
            }
            self.rows.interleave(&mut out[..across.count * 3]);
        }
    }
}

/// Sixteenths of a level that a sample, 128 a level, is worth: a share of 1 in 8192ths, times the sample, in 65536ths.
#[derive(Clone, Copy)]
struct Shares {
    black: i16,
    y: i16,
    v_in_r: i16,
    u_in_g: i16,
    v_in_g: i16,
    u_in_b: i16,
}

/// How samples become levels.
#[derive(Clone, Copy)]
struct Rounding {
    /// Sixteenths of a level added before rounding down.
    added: i16,
    /// The sample that is no colour.
    no_colour: i16,
}

/// Half a level, and a sixteenth for what the products cut off.
const TO_NEAREST: i16 = 9;

impl Rounding {
    /// swscale's fast ways round down at every step, and white becomes 253. The models were trained with what it gives, so
    /// its mean is kept here; measured over noise, to within a level in all cases.
    fn as_swscale(is_full: bool, is_paired: bool, rows_per_sample: f64) -> Self {
        let mut rounding = Self { added: TO_NEAREST, no_colour: 128 << 7 };
        if !is_paired {
            return rounding;
        }
        if !is_full {
            rounding.added -= 22;
        }
        if rows_per_sample <= 1.0 {
            rounding.added -= 8;
            rounding.no_colour += 50;
        }
        rounding
    }

    /// The luma that becomes this grey.
    fn luma_of(self, grey: u8, is_full: bool) -> u8 {
        let level = f32::from(grey) + f32::from(TO_NEAREST - self.added) / 16.0;
        (if is_full { level } else { 16.0 + level * 219.0 / 255.0 }).round() as u8
    }
}

impl Shares {
    const fn of(is_full: bool) -> Self {
        // Levels that white is above black, and that the strongest colour is above none.
        let (black, luma_span, chroma_span) = if is_full { (0, 255.0, 255.0) } else { (16, 219.0, 224.0) };
        let (red, blue) = (0.299, 0.114);
        let green = 1.0 - red - blue;
        Self {
            black: black << 7,
            y: share(1.0, luma_span),
            v_in_r: share(2.0 * (1.0 - red), chroma_span),
            u_in_g: share(2.0 * (1.0 - blue) * blue / green, chroma_span),
            v_in_g: share(2.0 * (1.0 - red) * red / green, chroma_span),
            u_in_b: share(2.0 * (1.0 - blue), chroma_span),
        }
    }
}

/// A share of the levels that a plane has, in 8192ths of a level of RGB.
const fn share(of_one: f64, span: f64) -> i16 {
    (of_one * 255.0 / span * 8192.0).round() as i16
}

/// The upper half of a product, which processors give in one step.
#[inline(always)]
fn upper(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b)) >> 16) as i16
}

impl Rows {
    fn resize(&mut self, luma: usize, chroma: usize) {
        self.y.resize(luma, 0);
        self.u.resize(chroma, 0);
        self.v.resize(chroma, 0);
        self.grey.resize(luma, 0);
        self.colour.iter_mut().for_each(|row| row.resize(luma, 0));
        self.rgb.iter_mut().for_each(|row| row.resize(luma, 0));
    }

    /// `N` pixels share a colour. Many short loops over one row, so that each is done many pixels at a time.
    #[inline(always)]
    fn colour_row<const N: usize>(&mut self, shares: Shares, rounding: Rounding) {
        let Self { y, u, v, grey, colour: [in_r, in_g, in_b], rgb } = self;
        let in_rgb = in_r.chunks_exact_mut(N).zip(in_g.chunks_exact_mut(N)).zip(in_b.chunks_exact_mut(N));
        for ((u, v), ((in_r, in_g), in_b)) in u.iter().zip(v.iter()).zip(in_rgb) {
            let (u, v) = (u - rounding.no_colour, v - rounding.no_colour);
            let (r, b) = (upper(v, shares.v_in_r), upper(u, shares.u_in_b));
            let g = -(upper(u, shares.u_in_g) + upper(v, shares.v_in_g));
            for i in 0..N {
                (in_r[i], in_g[i], in_b[i]) = (r, g, b);
            }
        }
        for (grey, y) in grey.iter_mut().zip(y.iter()) {
            *grey = upper(y - shares.black, shares.y) + rounding.added;
        }
        for (levels, colour) in rgb.iter_mut().zip([in_r, in_g, in_b]) {
            for ((level, grey), colour) in levels.iter_mut().zip(grey.iter()).zip(colour.iter()) {
                *level = ((grey + colour) >> 4).clamp(0, 255) as u8;
            }
        }
    }

    /// Four bytes at once, the fourth of which the next pixel overwrites: half the work of three single bytes.
    #[inline(always)]
    fn interleave(&self, out: &mut [u8]) {
        let count = out.len() / 3;
        let [r, g, b] = self.rgb.each_ref().map(|row| &row[..count]);
        let Some(last) = count.checked_sub(1) else { return };
        let out = &mut out[..count * 3];
        for i in 0..last {
            out[i * 3..i * 3 + 4].copy_from_slice(&[r[i], g[i], b[i], 0]);
        }
        out[last * 3..].copy_from_slice(&[r[last], g[last], b[last]]);
    }
}
