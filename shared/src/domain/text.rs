//! Unicode properties for contents, names and addresses.

use icu_properties::props::{
    DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory, NoncharacterCodePoint, WhiteSpace,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_segmentation::UnicodeSegmentation;

/// Blank characters that Unicode classifies as symbols or letters: the object replacement character, the empty Braille
/// pattern, two blanks of Egyptian hieroglyphs, the null notehead.
const BLANK: [char; 5] = ['\u{fffc}', '\u{2800}', '\u{13441}', '\u{13442}', '\u{1d159}'];

/// Whether the character is visible by itself. Marks on another character are not, and neither are unassigned code
/// points, except those reserved for emoji: phones may know a later version of Unicode than this table.
pub(super) fn is_visible(character: char) -> bool {
    use GeneralCategory as Kind;
    let hidden = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
        || CodePointSetData::new::<WhiteSpace>().contains(character)
        || BLANK.contains(&character);
    let kind = CodePointMapData::<Kind>::new().get(character);
    match kind {
        _ if hidden => false,
        Kind::Control | Kind::Format | Kind::NonspacingMark | Kind::EnclosingMark => false,
        Kind::Unassigned => CodePointSetData::new::<ExtendedPictographic>().contains(character),
        _ => true,
    }
}

/// Whether the character is a mark on, around or beside another one.
pub(super) fn is_mark(character: char) -> bool {
    use GeneralCategory as Kind;
    let hidden = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character);
    let kind = CodePointMapData::<Kind>::new().get(character);
    !hidden && matches!(kind, Kind::NonspacingMark | Kind::EnclosingMark | Kind::SpacingMark)
}

/// Whether the text has a visible character.
pub(super) fn is_any_visible(text: &str) -> bool {
    text.chars().any(is_visible)
}

/// Whether the character is a control character or a line break.
pub(super) fn is_control_or_line_break(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Whether Unicode will never assign the code point, such as U+FFFF.
pub(super) fn is_noncharacter(character: char) -> bool {
    CodePointSetData::new::<NoncharacterCodePoint>().contains(character)
}

/// The effect of a bidi control on the direction of the text after it (UAX #9, 2.1 to 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bidi {
    /// Opens a part, which this character closes.
    Opens(char),
    /// Closes a part.
    Closes,
    /// Opens a part with one direction for all characters, which overrides their own.
    Overrides,
}

/// The effect of a character on the direction of the text after it, if it is a bidi control.
pub(super) const fn bidi(character: char) -> Option<Bidi> {
    match character {
        '\u{202a}' | '\u{202b}' => Some(Bidi::Opens('\u{202c}')),
        '\u{2066}'..='\u{2068}' => Some(Bidi::Opens('\u{2069}')),
        '\u{202c}' | '\u{2069}' => Some(Bidi::Closes),
        '\u{202d}' | '\u{202e}' => Some(Bidi::Overrides),
        _ => None,
    }
}

/// Whether every part that a bidi control opens is closed, in the right order, and none overrides directions. Such a
/// text does not change the direction of the text around it, and is not shown backwards.
pub(super) fn keeps_direction(text: &str) -> bool {
    let mut open = Vec::new();
    for character in text.chars() {
        match bidi(character) {
            Some(Bidi::Opens(closing)) => open.push(closing),
            Some(Bidi::Closes) if open.pop() == Some(character) => {}
            Some(Bidi::Closes | Bidi::Overrides) => return false,
            None => {}
        }
    }
    open.is_empty()
}

/// The longest beginning of the text with a measure of at most `limit` that ends between two grapheme clusters, so that
/// no emoji or accented letter is cut. Only a longer first cluster is cut, between two characters.
pub(super) fn beginning(text: &str, limit: usize, measure: impl Fn(&str) -> usize) -> &str {
    let end = fitting(text.graphemes(true), limit, &measure);
    let end = if end > 0 { end } else { fitting(text.split_inclusive(|_: char| true), limit, &measure) };
    text.get(..end).unwrap_or_default()
}

/// The bytes of the first parts that have a measure of at most `limit` together.
fn fitting<'a>(parts: impl Iterator<Item = &'a str>, limit: usize, measure: impl Fn(&str) -> usize) -> usize {
    let (mut left, mut end) = (limit, 0);
    for part in parts {
        let Some(rest) = left.checked_sub(measure(part)) else { break };
        (left, end) = (rest, end + part.len());
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blank_characters_are_not_visible() {
        let blank = [
            ' ',
            '\t',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{115f}',
            '\u{1160}',
            '\u{180e}',
            '\u{2003}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{202e}',
            '\u{2060}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fffc}',
            '\u{fffe}',
            '\u{301}',
            '\u{20dd}',
            '\u{e0061}',
            '\u{e01ef}',
            '\u{378}',
            '\u{10ffff}',
            '\u{1d159}',
            '\u{13441}',
        ];
        for character in blank {
            assert!(!is_visible(character), "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn letters_symbols_and_emoji_are_visible() {
        // The last two are a private code point, and one reserved for an emoji.
        for character in
            ['a', '.', '¿', 'é', '山', 'ا', 'क', '\u{93e}', '☺', '👍', '🇪', '©', '\u{fffd}', '\u{f8ff}', '\u{1fafe}']
        {
            assert!(is_visible(character), "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn a_text_keeps_direction_if_it_closes_what_it_opens() {
        for good in ["Ana", "אנה", "\u{2068}אנה\u{2069}", "\u{202b}a\u{2067}b\u{2069}\u{202c}", "a\u{200f}b\u{61c}"]
        {
            assert!(keeps_direction(good), "{good:?}");
        }
        for bad in [
            "\u{202e}gpj",
            "\u{202d}a\u{202c}",
            "\u{2068}a",
            "a\u{2069}",
            "\u{202a}a",
            "a\u{202c}",
            "\u{2068}\u{202a}a\u{2069}\u{202c}",
        ] {
            assert!(!keeps_direction(bad), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_beginning_is_made_of_whole_clusters(
            text in "(\\PC|👨‍👩‍👧‍👦|🇪🇸|e\u{301}|\r\n|\u{1}){0,80}",
            limit in 0_usize..300,
        ) {
            let beginning = beginning(&text, limit, str::len);
            prop_assert!(text.starts_with(beginning) && beginning.len() <= limit);
            let clusters: Vec<_> = text.graphemes(true).collect();
            let whole = beginning.graphemes(true).collect::<Vec<_>>();
            let first_is_too_long = clusters.first().is_some_and(|first| first.len() > limit);
            prop_assert!(first_is_too_long || clusters.starts_with(&whole));
            // No longer beginning fits.
            let next = clusters.get(whole.len()).map_or(0, |cluster| cluster.len());
            prop_assert!(beginning.len() == text.len() || beginning.len() + next > limit || first_is_too_long);
        }
    }
}
