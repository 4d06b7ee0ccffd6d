//! A signed head of the log as a slip to be printed, signed by hand and kept elsewhere.

use qrcode::QrCode;
use qrcode::render::svg;

use crate::text::Texts;

/// Side of the code on the page, in pixels: some 8 cm on paper.
const CODE_SIDE: u32 = 320;

/// One self-contained page with the head as text and as a QR code that holds the same text.
///
/// # Errors
/// Where the text is too long for a code, which no head is.
pub fn slip(head: &str, texts: &Texts) -> Result<String, qrcode::types::QrError> {
    let code = QrCode::new(head)?.render::<svg::Color<'_>>().min_dimensions(CODE_SIDE, CODE_SIDE).build();
    let code = code.split_once("?>").map_or(code.as_str(), |(_, svg)| svg);
    let escaped = head.replace('&', "&amp;").replace('<', "&lt;");
    Ok(format!(
        "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{title}</title>\
         <style>body{{font:16px/1.4 sans-serif;max-width:40em;margin:2em auto}}pre{{white-space:pre-wrap;\
         overflow-wrap:anywhere;font-size:14px}}.by{{margin-top:3em;border-top:1px solid;width:20em}}</style></head>\n\
         <body><h1>{title}</h1><p>{about}</p>{code}<pre>{escaped}</pre><p class=\"by\">{by}</p></body></html>\n",
        lang = texts.lang(),
        title = texts.get("slip-title"),
        about = texts.get("slip-about"),
        by = texts.get("slip-by"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn a_slip_holds_the_head_as_text_and_as_a_code() {
        let head = "kuager/x\n42\nAAAA\n\n\u{2014} kuager/x AAAA\n";
        for lang in Lang::ALL {
            let page = slip(head, &Texts::new(lang)).unwrap();
            assert!(page.contains(head) && page.contains("<svg") && !page.contains("<?xml"), "{page}");
        }
    }
}
