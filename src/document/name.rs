//! Names: comparison with and without diacritics, and text that hides something.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::is_nfc;
use zeroize::Zeroizing;

use super::personal::Personal;

/// A name as a machine readable zone writes it: A–Z without diacritics (ICAO 9303-3, 4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MrzName {
    /// The family name, words separated by one space.
    pub primary: Personal<String>,
    /// The other names, words separated by one space.
    pub secondary: Personal<String>,
    /// The last position of the field holds a letter: the name may go on (ICAO 9303-5, 4.2.3).
    pub perhaps_truncated: bool,
    /// One filler ends the field: an issuer that cuts after so many characters may have met the
    /// space before a further word there.
    pub perhaps_cut_at_space: bool,
}

impl MrzName {
    /// Splits a name field of A–Z and fillers: two fillers end the primary identifier, one stands
    /// for a space.
    #[must_use]
    pub fn from_field(field: &str) -> Self {
        let (primary, secondary) = field.split_once("<<").unwrap_or((field, ""));
        let words = |part: &str| {
            let words: Vec<&str> = part.split('<').filter(|word| !word.is_empty()).collect();
            Personal::new(words.join(" "))
        };
        Self {
            primary: words(primary),
            secondary: words(secondary),
            perhaps_truncated: !field.is_empty() && !field.ends_with('<'),
            perhaps_cut_at_space: field.ends_with('<') && !field.ends_with("<<"),
        }
    }

    /// No name at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.primary.reveal().is_empty() && self.secondary.reveal().is_empty()
    }

    /// Family name first, as Vietnamese names are spoken: `NGUYEN VAN A`.
    #[must_use]
    pub fn full(&self) -> Personal<String> {
        let parts = [
            self.primary.reveal().as_str(),
            self.secondary.reveal().as_str(),
        ];
        Personal::new(parts.join(" ").trim().to_owned())
    }

    /// Whether `name`, written with diacritics, is this name.
    ///
    /// Diacritics are removed, a hyphen is a space, an apostrophe is left out or a space
    /// (ICAO 9303-3, 4.6 and 6: issuers differ). Where the field is full, each word of it may be cut
    /// short and words may be missing at its end (ICAO 9303-5, 4.2.3).
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let plain = Zeroizing::new(without_diacritics(name).to_uppercase());
        let own = self.full();
        let ours: Vec<&str> = words(own.reveal()).collect();
        if ours.is_empty() {
            return false;
        }
        let left_out: Zeroizing<String> =
            Zeroizing::new(plain.chars().filter(|c| !is_apostrophe(*c)).collect());
        if self.fits(&ours, &left_out) {
            return true;
        }
        let spaced = Zeroizing::new(plain.replace(is_apostrophe, " "));
        plain.contains(is_apostrophe)
            && (self.fits(&ours, &spaced)
                // Names of several apostrophes, one of which became a filler.
                || ours.concat() == words(&left_out).collect::<String>())
    }

    /// Whether the words of the field are those of a name in capitals without diacritics.
    fn fits(&self, ours: &[&str], plain: &str) -> bool {
        let mut theirs = words(plain);
        let may_be_cut = self.perhaps_truncated;
        let all = ours.iter().all(|word| {
            theirs
                .next()
                .is_some_and(|whole| whole == *word || (may_be_cut && whole.starts_with(word)))
        });
        all && (may_be_cut || self.perhaps_cut_at_space || theirs.next().is_none())
    }
}

/// What stands between characters that are neither letters nor digits.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`'
            | '\u{b4}'
            | '\u{2b9}'
            | '\u{2bb}'..='\u{2bd}'
            | '\u{2c8}'
            | '\u{2018}'..='\u{201b}'
            | '\u{2032}'
            | '\u{a78c}'
            | '\u{ff07}'
    )
}

fn is_hyphen(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// How two spellings of a name with diacritics relate, the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameLikeness {
    /// Equal after composition (NFC), case folding and joining of spaces.
    Same,
    /// Equal but for the letter that carries the tone: Hòa and Hoà are one name in two spellings.
    SameButTonePlacement,
    /// Equal once diacritics are removed: one of the two was typed without them, or they differ.
    SameWithoutDiacritics,
    /// Another name.
    Different,
}

/// Compares two names written with diacritics.
#[must_use]
pub fn likeness(a: &str, b: &str) -> NameLikeness {
    let (a, b) = (Zeroizing::new(folded(a)), Zeroizing::new(folded(b)));
    if *a == *b {
        return NameLikeness::Same;
    }
    if tones_aside(&a) == tones_aside(&b) {
        return NameLikeness::SameButTonePlacement;
    }
    if typed(&a) == typed(&b) {
        NameLikeness::SameWithoutDiacritics
    } else {
        NameLikeness::Different
    }
}

/// What is left of a folded name when somebody types it plainly: letters and spaces.
fn typed(folded: &str) -> Zeroizing<String> {
    let plain = Zeroizing::new(without_diacritics(folded));
    let letters: Zeroizing<String> = Zeroizing::new(
        plain
            .chars()
            .filter(|c| !is_apostrophe(*c))
            .map(|c| if c == '-' { ' ' } else { c })
            .collect(),
    );
    Zeroizing::new(letters.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Each word without its tone marks, then those marks in order.
fn tones_aside(folded: &str) -> Zeroizing<Vec<String>> {
    let is_tone = |c: char| matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}');
    let word = |word: &str| {
        let (mut tones, letters): (Vec<char>, Vec<char>) = word.nfd().partition(|c| is_tone(*c));
        tones.sort_unstable();
        letters.into_iter().chain(tones).collect()
    };
    Zeroizing::new(folded.split(' ').map(word).collect())
}

/// Composed (NFC), in lower case, spaces joined and trimmed, apostrophes, hyphens and the letter Đ
/// each in one form of those that look alike: the form in which names are compared.
#[must_use]
pub fn folded(text: &str) -> String {
    // Upper case first: letters such as a dotless i fold alike only by this way round.
    let lower: Zeroizing<String> = Zeroizing::new(
        text.nfc()
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
            .map(|c| match c {
                'ð' | 'ɖ' => 'đ',
                c if is_apostrophe(c) => '\'',
                c if is_hyphen(c) => '-',
                c => c,
            })
            .collect(),
    );
    let composed: Zeroizing<String> = Zeroizing::new(lower.nfc().collect());
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The letters alone: NFD without its combining marks, Đ as D. Case is kept.
#[must_use]
pub fn without_diacritics(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| match c {
            // The Vietnamese letter, and two that look the same and are typed for it.
            'Đ' | 'Ð' | 'Ɖ' => 'D',
            'đ' | 'ð' | 'ɖ' => 'd',
            // Bahnar, Jarai and others of the highlands.
            'Ƀ' => 'B',
            'ƀ' => 'b',
            other => other,
        })
        .collect()
}

/// What makes a text suspicious.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suspicion {
    /// A control character, line breaks included.
    Control,
    /// A character that turns the direction of writing (Unicode annex 9).
    BidiControl,
    /// A character without width, variation selectors and tags included.
    ZeroWidth,
    /// Private use, a noncharacter, or the replacement character.
    NoCharacter,
    /// Letters of other scripts beside Latin ones.
    MixedScripts,
    /// Letters of other scripts, and no Latin ones.
    NotLatin,
    /// More than three combining marks on a letter.
    StackedMarks,
    /// Not in composed form (NFC): the same letters as other bytes.
    NotComposed,
}

impl Suspicion {
    /// The stable name, such as `bidi-control`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::BidiControl => "bidi-control",
            Self::ZeroWidth => "zero-width",
            Self::NoCharacter => "no-character",
            Self::MixedScripts => "mixed-scripts",
            Self::NotLatin => "not-latin",
            Self::StackedMarks => "stacked-marks",
            Self::NotComposed => "not-composed",
        }
    }
}

/// What is suspicious about a text of DG13, each kind once, in the order of [`Suspicion`].
///
/// DG13 is signed, so nobody but the issuer can have put this there; yet what a clerk sees must be
/// what is compared. The QR code comes composed and decomposed: there, leave
/// [`Suspicion::NotComposed`] out.
#[must_use]
pub fn suspicions(text: &str) -> Vec<Suspicion> {
    let mut found = Vec::new();
    let mut add = |present: bool, kind: Suspicion| {
        if present {
            found.push(kind);
        }
    };
    let letters = |latin: bool| {
        text.chars()
            .any(|c| c.is_alphabetic() && !is_combining_mark(c) && is_latin(c) == latin)
    };
    let (latin, other) = (letters(true), letters(false));
    add(text.chars().any(char::is_control), Suspicion::Control);
    add(text.chars().any(is_bidi_control), Suspicion::BidiControl);
    add(text.chars().any(is_zero_width), Suspicion::ZeroWidth);
    add(text.chars().any(is_no_character), Suspicion::NoCharacter);
    add(latin && other, Suspicion::MixedScripts);
    add(!latin && other, Suspicion::NotLatin);
    add(has_stacked_marks(text), Suspicion::StackedMarks);
    add(!is_nfc(text), Suspicion::NotComposed);
    found
}

/// The text fit to be shown: without controls, bidi controls, characters without width and
/// noncharacters, composed (NFC), line breaks and tabs as one space.
#[must_use]
pub fn cleaned(text: &str) -> String {
    let kept: Zeroizing<String> = Zeroizing::new(
        text.chars()
            .map(|c| {
                if matches!(c, '\t' | '\n' | '\r') {
                    ' '
                } else {
                    c
                }
            })
            .filter(|c| {
                !c.is_control()
                    && !is_bidi_control(*c)
                    && !is_zero_width(*c)
                    && !is_no_character(*c)
            })
            .collect(),
    );
    let composed: Zeroizing<String> = Zeroizing::new(kept.nfc().collect());
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_zero_width(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn is_no_character(c: char) -> bool {
    matches!(
        c,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffd}'
    ) || u32::from(c) & 0xfffe == 0xfffe
}

/// The Latin letters that Vietnamese and its minority languages are written with.
fn is_latin(c: char) -> bool {
    matches!(
        c,
        'A'..='Z' | 'a'..='z' | '\u{aa}' | '\u{ba}' | '\u{c0}'..='\u{24f}' | '\u{2b0}'..='\u{2bc}'
            | '\u{1e00}'..='\u{1eff}'
    )
}

fn has_stacked_marks(text: &str) -> bool {
    // Decompose first: a composed letter may already carry two marks.
    let mut marks = 0_u32;
    for c in text.nfd() {
        marks = if is_combining_mark(c) {
            marks.saturating_add(1)
        } else {
            0
        };
        if marks > 3 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
