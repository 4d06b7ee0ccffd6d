//! The page beside a copy: plays it step by step, offline, and says what it is.

use std::sync::Arc;

use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;

use crate::domain::{Incident, MediaTime, Span};
use crate::text::{Lang, Texts, printable};

/// The ending makes the template escape what is put in.
const NAME: &str = "player.html";

/// What a page plays.
#[derive(Clone, Debug)]
pub struct PlayerData {
    /// The flag.
    pub incident: Incident,
    /// The recording's name.
    pub recording: String,
    /// Where the recording lies beside the page.
    pub original: String,
    /// From when to when the copies go.
    pub shown: Span,
    /// The copies, beside the page; the first has people covered.
    pub copies: Vec<String>,
}

#[derive(Serialize)]
struct Page<'a> {
    lang: &'static str,
    kind: String,
    recording: String,
    original: &'a str,
    times: [String; 2],
    copies: &'a [String],
    moments: [Moment; 3],
    reasons: Vec<String>,
}

/// A moment to jump to: its name, and seconds from the beginning of the copy.
#[derive(Serialize)]
struct Moment {
    id: &'static str,
    clock: String,
    secs: f64,
}

/// One self-contained page; all it loads are the copies beside it.
pub fn player(data: &PlayerData, lang: Lang) -> String {
    let texts = Arc::new(Texts::new(lang));
    let incident = &data.incident;
    let moment = |id, at: MediaTime| Moment {
        id,
        clock: at.clock().to_string(),
        secs: (at.max(data.shown.start).min(data.shown.end) - data.shown.start).secs_f64(),
    };
    let page = Page {
        lang: lang.tag(),
        kind: texts.kind(incident.kind),
        recording: printable(&data.recording),
        original: &data.original,
        times: [data.shown.start, data.shown.end].map(|at| at.clock().to_string()),
        copies: &data.copies,
        moments: [
            moment("player-start", incident.span.start),
            moment("player-peak", incident.peak_at),
            moment("player-end", incident.span.end),
        ],
        reasons: incident.reasons.iter().map(|reason| texts.reason(reason)).collect(),
    };
    let mut environment = Environment::new();
    environment.add_function("t", move |id: &str| texts.get(id));
    environment.add_template(NAME, include_str!("player.html.j2")).expect("the embedded template parses");
    let template = environment.get_template(NAME).expect("it was added above");
    template.render(context! { page => Serde(page) }).expect("the template fits the page; a test renders it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn the_page_plays_what_lies_beside_it_and_nothing_else() {
        let incident = fixture::blows();
        let data = PlayerData {
            shown: Span::between(MediaTime::ZERO, incident.span.end),
            incident,
            recording: "<b>ch1.mp4".to_owned(),
            original: "original/ch1.mp4".to_owned(),
            copies: vec!["viewing/masked.mp4".to_owned()],
        };
        for lang in Lang::ALL {
            let page = player(&data, lang).replace("&#x2f;", "/");
            assert!(page.contains("src=\"viewing/masked.mp4\"") && page.contains("muted"), "{page}");
            assert!(
                page.contains("&lt;b&gt;ch1.mp4") && !page.contains("http:") && !page.contains("https:"),
                "{page}"
            );
            assert!(!page.contains("autoplay"), "nothing plays by itself");
        }
    }
}
