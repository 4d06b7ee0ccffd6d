//! A signed head of the log as a slip to be printed, signed by hand and kept elsewhere.

use std::sync::Arc;

use minijinja::{Environment, context};
use qrcode::QrCode;
use qrcode::render::svg;
use qrcode::types::QrError;

use crate::chain::HeadWords;
use crate::text::{Lang, Texts};

/// Side of the code on the page, in pixels: some 8 cm on paper.
const CODE_SIDE: u32 = 320;
/// The ending makes the template escape what is put in.
const NAME: &str = "slip.html";

/// One self-contained page with the head as text, as a QR code that holds the same text, and in words to be read aloud.
///
/// # Errors
/// Where the text is too long for a code, which no head is.
pub fn slip(head: &str, words: &HeadWords, lang: Lang) -> Result<String, QrError> {
    let code = QrCode::new(head)?.render::<svg::Color<'_>>().min_dimensions(CODE_SIDE, CODE_SIDE).build();
    let code = code.split_once("?>").map_or(code.as_str(), |(_, svg)| svg);
    let (words, cyrillic) = (words.to_string(), words.cyrillic());
    let texts = Arc::new(Texts::new(lang));
    let mut environment = Environment::new();
    environment.add_function("t", move |id: &str| texts.get(id));
    environment.add_template(NAME, include_str!("slip.html.j2")).expect("the embedded template parses");
    let template = environment.get_template(NAME).expect("it was added above");
    let page = template.render(context! { lang => lang.to_string(), code, head, words, cyrillic });
    Ok(page.expect("the template names nothing else"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{Head, LeafHash};

    #[test]
    fn a_slip_holds_the_head_as_text_as_a_code_and_in_words() {
        let head = "kuager/x\n42\nAAAA\n\n\u{2014} kuager/x AAAA\n";
        let words = HeadWords::of(Head { size: 42, root: LeafHash([7; 32]) });
        for lang in Lang::ALL {
            let page = slip(head, &words, lang).unwrap();
            assert!(page.contains(&words.to_string()) && page.contains(&words.cyrillic()), "{page}");
            let shown = page.replace("&#x2f;", "/");
            assert!(
                shown.contains(head.trim_end()) && page.contains("<svg") && !page.contains("<?xml"),
                "{page}"
            );
        }
    }
}
