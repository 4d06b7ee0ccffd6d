//! A page on which zones are drawn over a still and read off as configuration. It opens no connection and saves nothing.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use image::{ImageFormat, RgbImage};
use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;

use crate::domain::{Size, ZoneKind, Zones};
use crate::text::Texts;

const TEMPLATE: &str = include_str!("zones.html.j2");
const NAME: &str = "zones.html";
/// Wider pictures are scaled down: zones are shares of the picture, and a page must open anywhere.
const MOST_WIDTH: u32 = 1280;

#[derive(Serialize)]
struct Page {
    lang: &'static str,
    title: String,
    how: String,
    copy: String,
    label_name: String,
    label_kind: String,
    finish: String,
    undo: String,
    kinds: Vec<Kind>,
    jpeg: String,
    /// JSON that cannot end the script it stands in.
    zones: String,
}

#[derive(Serialize)]
struct Kind {
    id: &'static str,
    about: String,
}

/// The page for a picture (`[height][width][3]` RGB as displayed) with the zones that are known already. None where the
/// pixels do not make a picture of that size.
pub fn zones_page(rgb: Vec<u8>, size: Size, zones: &Zones, texts: &Texts) -> Option<String> {
    let picture = RgbImage::from_raw(size.width, size.height, rgb)?;
    let height = (u64::from(size.height) * u64::from(MOST_WIDTH) / u64::from(size.width.max(1))).max(1);
    let picture = match size.width > MOST_WIDTH {
        true => image::imageops::thumbnail(&picture, MOST_WIDTH, height as u32),
        false => picture,
    };
    let mut jpeg = Vec::new();
    picture.write_to(&mut Cursor::new(&mut jpeg), ImageFormat::Jpeg).ok()?;
    let known = zones.iter().map(
        |z| serde_json::json!({ "name": z.name, "kind": z.kind.as_str(), "polygon": z.polygon.corners() }),
    );
    let known: Vec<_> = known.collect();
    let kind =
        |kind: ZoneKind| Kind { id: kind.as_str(), about: texts.get(&format!("zone-{}", kind.as_str())) };
    let page = Page {
        lang: texts.lang().tag(),
        title: texts.get("zones-title"),
        how: texts.get("zones-how"),
        copy: texts.get("zones-copy"),
        label_name: texts.get("zones-name"),
        label_kind: texts.get("zones-kind"),
        finish: texts.get("zones-finish"),
        undo: texts.get("zones-undo"),
        kinds: ZoneKind::ALL.map(kind).into(),
        jpeg: BASE64.encode(jpeg),
        zones: serde_json::Value::from(known).to_string().replace('<', "\\u003c"),
    };
    let mut environment = Environment::new();
    environment.add_template(NAME, TEMPLATE).expect("the embedded template parses");
    let template = environment.get_template(NAME).expect("it was added above");
    Some(template.render(context! { page => Serde(page) }).expect("the template fits; a test renders it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Polygon, Zone};
    use crate::text::Lang;

    #[test]
    fn a_zone_s_name_cannot_end_the_script() {
        let polygon = Polygon::new(vec![[0.0, 0.0], [0.5, 0.0], [0.5, 1.0]]);
        let zones = Zones::new(vec![Zone { name: "</script><b>".into(), kind: ZoneKind::Bed, polygon }]);
        for lang in Lang::ALL {
            let size = Size { width: 1400, height: 10 };
            let page = zones_page(vec![90; 1400 * 10 * 3], size, &zones, &Texts::new(lang)).unwrap();
            assert_eq!(page.matches("</script>").count(), 1);
            assert!(page.contains(r#""polygon":[[0.0,0.0],[0.5,0.0],[0.5,1.0]]"#), "{page}");
            assert!(page.contains("data:image/jpeg;base64,/9j/"));
        }
        assert_eq!(zones_page(vec![0; 5], Size { width: 9, height: 9 }, &zones, &Texts::new(Lang::En)), None);
    }
}
