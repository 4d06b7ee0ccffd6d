//! Where in the text of a configuration something stands, so that a refusal can name the line.

use toml::de::{DeTable, DeValue};

/// One step from the whole file to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The value of a key.
    Key(&'static str),
    /// The entry of a list, from 0.
    Entry(usize),
}

/// The way to a value: `cameras`, 0, `zones`, 1, `polygon`.
pub type Place = Vec<Step>;

/// The place as a person writes it: `cameras[0].zones[1].polygon`.
pub(super) fn written(place: &[Step]) -> String {
    place.iter().fold(String::new(), |text, step| match step {
        Step::Key(key) if text.is_empty() => (*key).to_owned(),
        Step::Key(key) => format!("{text}.{key}"),
        Step::Entry(number) => format!("{text}[{number}]"),
    })
}

/// The line, from 1, of a value or of the nearest thing around it that is written in the file.
pub(super) fn line_of(text: &str, place: &[Step]) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut start = table.span().start;
    let (first, rest) = place.split_first()?;
    let Step::Key(key) = first else { return None };
    let mut value = table.get_ref().get(*key)?;
    for step in rest {
        let inner = match (value.get_ref(), step) {
            (DeValue::Table(table), Step::Key(key)) => table.get(*key),
            (DeValue::Array(list), Step::Entry(number)) => list.get(*number),
            _ => None,
        };
        start = value.span().start;
        let Some(inner) = inner else { break };
        start = inner.span().start;
        value = inner;
    }
    if rest.is_empty() {
        start = value.span().start;
    }
    Some(text.get(..start)?.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Step::{Entry, Key};

    const TEXT: &str = "fps = 5.0\n\n[[cameras]]\nname = 'a'\n\n[[cameras]]\nname = 'b'\n\n  [[cameras.zones]]\n  polygon = \
                        [\n    [0, 0],\n    [2, 0],\n  ]\n\n[violence]\nalarm = 0.5\n";

    #[test]
    fn the_line_of_a_value_is_found() {
        assert_eq!(line_of(TEXT, &[Key("fps")]), Some(1));
        assert_eq!(line_of(TEXT, &[Key("cameras"), Entry(1), Key("name")]), Some(7));
        assert_eq!(
            line_of(TEXT, &[Key("cameras"), Entry(1), Key("zones"), Entry(0), Key("polygon"), Entry(1)]),
            Some(12)
        );
        assert_eq!(line_of(TEXT, &[Key("violence"), Key("alarm")]), Some(16));
    }

    #[test]
    fn what_is_not_written_is_placed_at_what_holds_it() {
        assert_eq!(line_of(TEXT, &[Key("cameras"), Entry(1), Key("timezone")]), Some(6));
        assert_eq!(line_of(TEXT, &[Key("person_down"), Key("still_secs")]), None);
        assert_eq!(line_of("fps = = 5", &[Key("fps")]), None);
        assert_eq!(written(&[Key("cameras"), Entry(1), Key("zones"), Entry(0)]), "cameras[1].zones[0]");
    }
}
