//! The report as one page that needs nothing but itself: no network, no scripts, pictures inside.

use std::sync::Arc;

use minijinja::value::Serde;
use minijinja::{Environment, context};

use super::{ReportData, view};
use crate::text::{Lang, Texts};

const TEMPLATE: &str = include_str!("report.html.j2");
/// The ending makes the template engine escape everything that is put in.
const NAME: &str = "report.html";

/// The page in a language. Reads the stills that the incidents name; one that cannot be read becomes a sentence.
pub fn render(data: &ReportData, lang: Lang) -> String {
    let texts = Arc::new(Texts::new(lang));
    let page = view::page(data, &texts);
    let mut environment = Environment::new();
    environment.add_function("t", move |id: &str| texts.get(id));
    environment.add_template(NAME, TEMPLATE).expect("the embedded template parses");
    let template = environment.get_template(NAME).expect("it was added above");
    let context = context! { page => Serde(page) };
    template.render(context).expect("the template fits the view; the tests render every branch")
}
