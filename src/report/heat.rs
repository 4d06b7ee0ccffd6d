//! The ledger as a picture: a row for each camera and day, a cell for each hour, darker the less could be seen.

use std::collections::BTreeMap;
use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;

use super::glyphs;
use super::honest::shown_percent;
use crate::domain::{CameraHour, WallTime};
use crate::text::{Texts, printable};

const TEMPLATE: &str = include_str!("coverage.html.j2");
const NAME: &str = "coverage.html";
/// Pixels of one cell of the PNG, across and down.
const CELL: [u32; 2] = [18, 16];
/// Letters of a row's name in the PNG, and pixels left of the cells.
const LETTERS: usize = 30;
const LEFT: u32 = LETTERS as u32 * glyphs::ADVANCE + 12;
const TOP: u32 = 24;

/// One camera on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatRow {
    /// The camera.
    pub camera: String,
    /// The day by local time; empty where it is not known.
    pub day: String,
    /// By hour of the day.
    pub hours: BTreeMap<usize, CameraHour>,
    /// All that is not known to which day and hour it belongs.
    pub timeless: Option<CameraHour>,
}

impl HeatRow {
    /// All accounts of the row.
    pub fn accounts(&self) -> impl Iterator<Item = &CameraHour> {
        self.hours.values().chain(&self.timeless)
    }
}

/// Rows by camera and day. `offset_secs` gives how far local time is ahead of UTC at an instant.
pub fn heat_rows(hours: &[CameraHour], offset_secs: impl Fn(WallTime) -> i64) -> Vec<HeatRow> {
    let mut rows: BTreeMap<(String, String), HeatRow> = BTreeMap::new();
    for hour in hours {
        let local = hour.hour.and_then(|at| at.after_secs(offset_secs(at) as f64).rfc3339());
        let place = local.as_deref().and_then(|t| Some((t.get(..10)?, t.get(11..13)?.parse().ok()?)));
        let day = place.map_or_else(String::new, |(day, _)| day.to_owned());
        let row = rows.entry((hour.camera.clone(), day.clone())).or_insert_with(|| HeatRow {
            camera: hour.camera.clone(),
            day,
            hours: BTreeMap::new(),
            timeless: None,
        });
        // Into one that is there goes the hour that a clock showed twice.
        let sum = match place {
            Some((_, number)) => row.hours.entry(number).or_default(),
            None => row.timeless.get_or_insert_default(),
        };
        add(sum, hour);
    }
    rows.into_values().collect()
}

fn add(sum: &mut CameraHour, hour: &CameraHour) {
    sum.expected_secs += hour.expected_secs;
    sum.received_secs += hour.received_secs;
    sum.decoded_secs += hour.decoded_secs;
    sum.analysed_secs += hour.analysed_secs;
    sum.usable_secs += hour.usable_secs;
    sum.excluded_secs += hour.excluded_secs;
    sum.blind.extend(hour.blind.iter().cloned());
}

/// Usable share of what was expected, 0 to 1; none where nothing was.
fn share(hour: &CameraHour) -> Option<f64> {
    let of_secs = hour.expected_secs.max(hour.blind_secs() + hour.usable_secs);
    (hour.expected_secs > 0.0).then(|| (hour.usable_secs / of_secs).clamp(0.0, 1.0))
}

#[derive(Serialize)]
struct Page {
    lang: &'static str,
    title: String,
    fixed: String,
    note: String,
    rows: Vec<Row>,
    hours: Vec<usize>,
}

#[derive(Serialize)]
struct Row {
    camera: String,
    day: String,
    usable: String,
    hours: Vec<Option<Cell>>,
    timeless: Option<Cell>,
}

#[derive(Serialize)]
struct Cell {
    colour: String,
    title: String,
    has_unexplained: bool,
}

/// One self-contained page; `fixed` is the sentence that stands under every account.
pub fn heat_page(rows: &[HeatRow], fixed: &str, texts: &Texts) -> String {
    let row = |row: &HeatRow| Row {
        camera: printable(&row.camera),
        day: row.day.clone(),
        usable: texts.with("percent", &[("value", shown_percent(row_percent(row)))]),
        hours: (0..24).map(|n| Some(cell(row.hours.get(&n)?, &format!("{n:02}:00"), texts))).collect(),
        timeless: row.timeless.as_ref().map(|all| cell(all, &texts.get("heat-timeless"), texts)),
    };
    let page = Page {
        lang: texts.lang().tag(),
        title: texts.get("heat-title"),
        fixed: fixed.to_owned(),
        note: texts.get("heat-note"),
        rows: rows.iter().map(row).collect(),
        hours: (0..24).collect(),
    };
    let mut environment = Environment::new();
    environment.add_template(NAME, TEMPLATE).expect("the embedded template parses");
    let template = environment.get_template(NAME).expect("it was added above");
    template.render(context! { page => Serde(page) }).expect("the template fits the page; a test renders it")
}

/// Usable time of a row in per cent of what was expected, cut to tenths.
pub fn row_percent(row: &HeatRow) -> f64 {
    let hours: Vec<CameraHour> = row.accounts().cloned().collect();
    super::Denominator::of_hours(&hours).usable_percent()
}

fn cell(found: &CameraHour, when: &str, texts: &Texts) -> Cell {
    let mut parts = vec![format!(
        "{when} · {} {} / {}",
        texts.get("coverage-usable"),
        texts.duration(found.usable_secs),
        texts.duration(found.expected_secs)
    )];
    let causes =
        found.blind.iter().map(|b| format!("{}: {}", cause(&b.cause, texts), texts.duration(b.secs)));
    parts.extend(causes);
    let [r, g, b] = colour(share(found));
    Cell {
        colour: format!("#{r:02x}{g:02x}{b:02x}"),
        title: parts.join(" · "),
        has_unexplained: found.unexplained_secs() >= 1.0,
    }
}

/// Why time could not be seen, in words; a cause that has none is shown by its name.
pub fn cause(name: &str, texts: &Texts) -> String {
    texts.try_with(&format!("blind-{name}"), &[]).unwrap_or_else(|_| printable(name))
}

/// From dark red, nothing seen, over ochre to green, all seen; grey where nothing was expected.
fn colour(share: Option<f64>) -> [u8; 3] {
    const NOTHING: [f64; 3] = [112.0, 16.0, 24.0];
    const HALF: [f64; 3] = [214.0, 160.0, 60.0];
    const ALL: [f64; 3] = [63.0, 125.0, 92.0];
    let Some(share) = share else { return [200, 204, 210] };
    let (from, to, along) =
        if share < 0.5 { (NOTHING, HALF, share * 2.0) } else { (HALF, ALL, share * 2.0 - 1.0) };
    [0, 1, 2].map(|i| (from[i] + (to[i] - from[i]) * along).round() as u8)
}

/// The same as PNG bytes; letters that its small font does not have are shown as `?`.
pub fn heat_png(rows: &[HeatRow]) -> Vec<u8> {
    let (width, height) = (LEFT + 24 * CELL[0] + 8, TOP + rows.len() as u32 * CELL[1] + 8);
    let mut picture = RgbImage::from_pixel(width, height, Rgb([255, 255, 255]));
    for hour in (0..24).step_by(3) {
        write(&mut picture, &hour.to_string(), [LEFT + hour * CELL[0] + 2, 8]);
    }
    for (number, row) in (0_u32..).zip(rows) {
        let top = TOP + number * CELL[1];
        let day = row.day.get(2..).unwrap_or_default();
        let name: String = row.camera.chars().take(LETTERS.saturating_sub(day.len() + 1)).collect();
        write(&mut picture, format!("{name} {day}").trim_end(), [6, top + 4]);
        for (hour, found) in &row.hours {
            fill(&mut picture, [LEFT + *hour as u32 * CELL[0], top], CELL[0], colour(share(found)));
        }
        if let Some(all) = &row.timeless {
            fill(&mut picture, [LEFT, top], 24 * CELL[0], colour(share(all)));
        }
    }
    let mut bytes = Vec::new();
    // Writing to memory does not fail; an empty file would be seen at once.
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).ok();
    bytes
}

fn fill(picture: &mut RgbImage, [left, top]: [u32; 2], width: u32, colour: [u8; 3]) {
    for (x, y) in (0..width - 1).flat_map(|x| (0..CELL[1] - 1).map(move |y| (x, y))) {
        if let Some(pixel) = picture.get_pixel_mut_checked(left + x, top + y) {
            pixel.0 = colour;
        }
    }
}

fn write(picture: &mut RgbImage, text: &str, [left, top]: [u32; 2]) {
    for (i, c) in (0_u32..).zip(text.chars()) {
        for (row, bits) in (0_u32..).zip(glyphs::rows(c)) {
            for column in (0..glyphs::WIDTH).filter(|column| bits >> (4 - column) & 1 == 1) {
                let at = (left + i * glyphs::ADVANCE + column, top + row);
                if let Some(pixel) = picture.get_pixel_mut_checked(at.0, at.1) {
                    pixel.0 = [25, 29, 34];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BlindTime;
    use crate::text::Lang;

    fn hour(camera: &str, at: Option<&str>, usable_secs: f64) -> CameraHour {
        let blind_secs = 3600.0 - usable_secs;
        CameraHour {
            camera: camera.into(),
            hour: at.map(|t| WallTime::from_rfc3339(t).unwrap()),
            expected_secs: 3600.0,
            usable_secs,
            blind: vec![BlindTime { cause: "recording_gap".into(), secs: blind_secs, explained_secs: 0.0 }],
            ..CameraHour::default()
        }
    }

    #[test]
    fn days_are_local_and_an_hour_shown_twice_is_one_cell() {
        let hours = [
            hour("<b>Yard", Some("2024-02-29T17:00:00Z"), 3600.0),
            hour("<b>Yard", Some("2024-02-29T18:00:00Z"), 1800.0),
            hour("<b>Yard", Some("2024-02-29T19:00:00Z"), 0.0),
            hour("Gate", None, 900.0),
            hour("Gate", None, 2700.0),
        ];
        let zone = crate::recordings::ZoneOfTime::named("Asia/Almaty").unwrap();
        let rows = heat_rows(&hours, |at| zone.offset_secs(at));
        let told: Vec<_> = rows.iter().map(|r| (r.camera.as_str(), r.day.as_str(), r.hours.len())).collect();
        assert_eq!(told, [("<b>Yard", "2024-02-29", 1), ("<b>Yard", "2024-03-01", 1), ("Gate", "", 0)]);
        assert_eq!(rows[0].hours[&23].expected_secs, 7200.0);
        assert_eq!((row_percent(&rows[0]), row_percent(&rows[2])), (75.0, 50.0));
        for lang in Lang::ALL {
            let page = heat_page(&rows, "fixed", &Texts::new(lang));
            assert!(
                page.contains("&lt;b&gt;Yard") && !page.contains("<b>Yard"),
                "names cannot break the page"
            );
            assert!(page.contains("#701018"), "an hour of which nothing was seen");
            assert_eq!(page.matches("colspan=\"24\"").count(), 1, "two hours of an unknown day");
        }
        let png = image::load_from_memory(&heat_png(&rows)).unwrap().to_rgb8();
        let middle =
            |row: u32, hour: u32| png.get_pixel(LEFT + hour * CELL[0] + 8, TOP + row * CELL[1] + 8).0;
        assert_eq!(middle(1, 0), [112, 16, 24]);
        assert_eq!(middle(1, 5), [255, 255, 255], "nothing is known of it");
        assert_eq!(
            (middle(2, 0), middle(2, 23)),
            ([214, 160, 60], [214, 160, 60]),
            "of no hour in particular"
        );
    }
}
