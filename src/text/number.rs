//! Digits as each language writes them.

use super::Lang;

const NO_BREAK_SPACE: char = '\u{a0}';

/// The number with exactly `decimals` digits after the separator; five and more digits before it are grouped.
pub(super) fn format(lang: Lang, value: f64, decimals: usize) -> String {
    let plain = format!("{value:.decimals$}");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("−", digits));
    let mut out = format!("{sign}{}", grouped(digits, group_separator(lang)));
    if !fraction.is_empty() {
        out.push(decimal_separator(lang));
        out.push_str(fraction);
    }
    out
}

/// Comma in Kazakh and Russian, point in English.
pub(super) fn decimal_separator(lang: Lang) -> char {
    match lang {
        Lang::Kk | Lang::Ru => ',',
        Lang::En => '.',
    }
}

fn group_separator(lang: Lang) -> char {
    match lang {
        Lang::Kk | Lang::Ru => NO_BREAK_SPACE,
        Lang::En => ',',
    }
}

fn grouped(digits: &str, separator: char) -> String {
    if digits.len() < 5 {
        return digits.to_owned();
    }
    let mut out = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_follow_the_language() {
        assert_eq!(format(Lang::En, 1234.56, 1), "1234.6");
        assert_eq!(format(Lang::Ru, 0.93, 2), "0,93");
        assert_eq!(format(Lang::Kk, 1_234_567.0, 0), "1\u{a0}234\u{a0}567");
        assert_eq!(format(Lang::En, -12_345.5, 1), "−12,345.5");
    }
}
