//! A head as words to be read aloud: over a telephone, to somebody who writes them down.
//!
//! `42 lusab babad …`: the size, then eight words. Seven hold the first 112 bits of a SHA-256 over size and root, each word
//! 16 of them as consonant, vowel, consonant, vowel, consonant ("proquints", arXiv 0901.4016); the eighth says whether the
//! others were heard right. Letters are chosen to be told apart in Kazakh, Russian and English, and each has one Cyrillic
//! letter that stands for it. Words prove less than a signed head: they carry no signature, only that the log was this.

use sha2::{Digest, Sha256};

use super::head::Head;

const CONSONANTS: [(char, char); 16] = [
    ('b', 'б'),
    ('d', 'д'),
    ('f', 'ф'),
    ('g', 'г'),
    ('h', 'х'),
    ('j', 'ж'),
    ('k', 'к'),
    ('l', 'л'),
    ('m', 'м'),
    ('n', 'н'),
    ('p', 'п'),
    ('r', 'р'),
    ('s', 'с'),
    ('t', 'т'),
    ('v', 'в'),
    ('z', 'з'),
];
const VOWELS: [(char, char); 4] = [('a', 'а'), ('i', 'и'), ('o', 'о'), ('u', 'у')];
/// Words of the hash; one more checks them.
const WORDS: usize = 7;

/// The words of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadWords {
    size: u64,
    words: [u16; WORDS],
}

/// Why a text is no head in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// Not a number and eight words of these letters.
    #[error("a head in words is a number and eight words of five letters, like `42 lusab babad …`")]
    Form,
    /// The last word does not fit the others.
    #[error("the words do not fit each other: one was misheard or miswritten; ask for them again")]
    Misheard,
}

impl HeadWords {
    /// The words of a head.
    pub fn of(head: Head) -> Self {
        let mut hash = Sha256::new_with_prefix("kuager head in words\n");
        hash.update(head.size.to_be_bytes());
        hash.update(head.root.0);
        let bytes = hash.finalize();
        let mut words = [0; WORDS];
        for (word, pair) in words.iter_mut().zip(bytes.chunks_exact(2)) {
            *word = u16::from_be_bytes([pair[0], pair[1]]);
        }
        Self { size: head.size, words }
    }

    /// Reads them, in Latin or Cyrillic letters, with blanks, commas or hyphens between.
    ///
    /// # Errors
    /// Where they are no such words, or were misheard.
    pub fn parse(text: &str) -> Result<Self, WordsError> {
        let separators = |c: char| c.is_whitespace() || matches!(c, ',' | '-' | '.' | ';');
        let mut parts = text.split(separators).filter(|p| !p.is_empty());
        let size = parts.next().and_then(|n| n.parse().ok()).ok_or(WordsError::Form)?;
        let read: Option<Vec<u16>> = parts.map(|word| number_of(&word.to_lowercase())).collect();
        let read = read.ok_or(WordsError::Form)?;
        let (check, words) = read.split_last().ok_or(WordsError::Form)?;
        let words = <[u16; WORDS]>::try_from(words).map_err(|_| WordsError::Form)?;
        let found = Self { size, words };
        (found.check_word() == *check).then_some(found).ok_or(WordsError::Misheard)
    }

    /// Entries of the log that they speak of.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The same in Cyrillic letters.
    pub fn cyrillic(&self) -> String {
        self.written(|letter| letter.1)
    }

    fn check_word(&self) -> u16 {
        let mut hash = Sha256::new_with_prefix(self.size.to_be_bytes());
        self.words.iter().for_each(|word| hash.update(word.to_be_bytes()));
        let bytes = hash.finalize();
        u16::from_be_bytes([bytes[0], bytes[1]])
    }

    fn written(&self, letter: impl Fn((char, char)) -> char) -> String {
        let all = self.words.into_iter().chain([self.check_word()]);
        let words: Vec<String> =
            all.map(|word| letters_of(word).map(&letter).into_iter().collect()).collect();
        format!("{} {}", self.size, words.join(" "))
    }
}

impl std::fmt::Display for HeadWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.written(|letter| letter.0))
    }
}

fn letters_of(word: u16) -> [(char, char); 5] {
    let consonant = |shift: u32| CONSONANTS[usize::from(word >> shift & 15)];
    let vowel = |shift: u32| VOWELS[usize::from(word >> shift & 3)];
    [consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)]
}

fn number_of(word: &str) -> Option<u16> {
    let letters: Vec<char> = word.chars().collect();
    let place = |list: &[(char, char)], letter: char| {
        list.iter().position(|(latin, cyrillic)| *latin == letter || *cyrillic == letter)
    };
    let [a, b, c, d, e] = <[char; 5]>::try_from(letters).ok()?;
    let consonant = |letter| place(&CONSONANTS, letter);
    let vowel = |letter| place(&VOWELS, letter);
    let number = consonant(a)? << 12 | vowel(b)? << 10 | consonant(c)? << 6 | vowel(d)? << 4 | consonant(e)?;
    u16::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::LeafHash;
    use super::*;

    #[test]
    fn words_are_those_of_the_published_scheme() {
        let word = |number: u16| letters_of(number).map(|l| l.0).into_iter().collect::<String>();
        // 127.0.0.1, as the scheme's paper writes it.
        assert_eq!([word(0x7f00), word(0x0001)], ["lusab", "babad"]);
        assert_eq!(number_of("lusab"), Some(0x7f00));
    }

    proptest! {
        #[test]
        fn words_are_read_back_from_both_scripts(size in any::<u64>(), root in any::<[u8; 32]>()) {
            let words = HeadWords::of(Head { size, root: LeafHash(root) });
            prop_assert_eq!(HeadWords::parse(&words.to_string()), Ok(words));
            prop_assert_eq!(HeadWords::parse(&words.cyrillic().to_uppercase()), Ok(words));
            let other = HeadWords::of(Head { size, root: LeafHash(root.map(|b| !b)) });
            prop_assert!(words != other);
        }
    }

    #[test]
    fn a_misheard_letter_is_told_from_another_head() {
        let words = HeadWords::of(Head { size: 42, root: LeafHash([7; 32]) }).to_string();
        let mut misheard = 0;
        for (at, letter) in words.char_indices().filter(|(_, c)| c.is_alphabetic()) {
            let list: &[(char, char)] = if "aiou".contains(letter) { &VOWELS } else { &CONSONANTS };
            for (other, _) in list.iter().filter(|(l, _)| *l != letter) {
                let mut text = words.clone();
                text.replace_range(at..=at, &other.to_string());
                assert_eq!(HeadWords::parse(&text), Err(WordsError::Misheard), "{text}");
                misheard += 1;
            }
        }
        assert_eq!(misheard, 8 * (3 * 15 + 2 * 3));
        for odd in ["", "42", "x lusab", &words[3..], "42 lusab babad", "42 lusab babad qqqqq"] {
            assert_eq!(HeadWords::parse(odd), Err(WordsError::Form), "{odd:?}");
        }
    }
}
