//! Readers' names as people know them.

use cccd_port::ReaderName;

/// The parts of a name as the PC/SC service of Linux makes it:
/// `Maker Model [Interface] (Serial) 01 00`. Other systems write `Maker Model 0`.
struct Parts {
    /// Maker and model.
    model: String,
    /// What stands in the square brackets, and further words of the interface.
    interface: String,
    /// What stands in the round brackets.
    serial: Option<String>,
    /// The numbers at the end: reader and slot.
    numbers: Vec<String>,
}

/// What a clerk calls the reader `name`, unique among the readers that are `present`.
///
/// The maker and the model, and what kind of slot it is where the model has several. Of two that
/// are alike each carries its own mark, taken from its own serial or number, so that the one stays
/// the one in whatever order they are plugged in.
///
/// ```
/// use cccd_desk::transport::display_name;
/// use cccd_port::ReaderName;
///
/// let name = ReaderName("ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] 00 00".to_owned());
/// assert_eq!(display_name(&name, &[]), "ACS ACR1252 (contactless)");
/// ```
#[must_use]
pub fn display_name(name: &ReaderName, present: &[ReaderName]) -> String {
    let others: Vec<[String; 3]> = present
        .iter()
        .filter(|other| *other != name)
        .map(|other| Parts::of(&other.0).names())
        .collect();
    let free = |candidate: &String| others.iter().all(|other| !other.contains(candidate));
    Parts::of(&name.0)
        .names()
        .into_iter()
        .find(free)
        // Two that differ in nothing that people know: then as the driver has it.
        .unwrap_or_else(|| name.0.clone())
}

impl Parts {
    fn of(name: &str) -> Self {
        let (name, interface) = cut(name, '[', ']');
        let (name, serial) = cut(&name, '(', ')');
        let mut words: Vec<&str> = name.split_whitespace().collect();
        let mut numbers = Vec::new();
        while numbers.len() < 2
            && words.len() > 1
            && words.last().is_some_and(|word| is_number(word))
        {
            numbers.extend(words.pop().map(str::to_owned));
        }
        numbers.reverse();
        Self {
            interface: format!("{} {}", name, interface.unwrap_or_default()).to_uppercase(),
            model: model(&words),
            serial: serial.filter(|serial| !serial.is_empty()),
            numbers,
        }
    }

    /// What it may be called, best first.
    fn names(&self) -> [String; 3] {
        let plain = self.plain();
        let numbered = self.numbered();
        let by_serial = self.marked_by_serial().unwrap_or_else(|| numbered.clone());
        [plain, by_serial, numbered]
    }

    fn plain(&self) -> String {
        let words: Vec<&str> = self
            .interface
            .split(|c: char| !c.is_ascii_alphanumeric())
            .collect();
        let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
        let slot = if has(&["SAM"]) {
            Some("SAM")
        } else if has(&["PICC", "CL", "NFC", "CONTACTLESS"]) {
            Some("contactless")
        } else if has(&["ICC", "CONTACT"]) {
            Some("contact")
        } else {
            None
        };
        match slot {
            Some(slot) if !self.model.to_lowercase().contains(&slot.to_lowercase()) => {
                format!("{} ({slot})", self.model)
            }
            _ => self.model.clone(),
        }
    }

    fn marked_by_serial(&self) -> Option<String> {
        let serial = self.serial.as_ref()?;
        let from = serial.chars().count().saturating_sub(4);
        let tail: String = serial.chars().skip(from).collect();
        Some(format!("{} …{tail}", self.plain()))
    }

    fn numbered(&self) -> String {
        let numbers: Vec<String> = self
            .numbers
            .iter()
            .map(|number| {
                u32::from_str_radix(number, 16)
                    .map_or_else(|_| number.clone(), |n| n.saturating_add(1).to_string())
            })
            .collect();
        format!("{} {}", self.plain(), numbers.join("."))
    }
}

/// Maker and model without the words that every reader has. What is left of a name made of such
/// words alone is the name.
fn model(words: &[&str]) -> String {
    const COMMON: &[&str] = &[
        "1s",
        "cl",
        "reader",
        "picc",
        "usb",
        "ccid",
        "smart",
        "card",
        "smartcard",
        "interface",
        "dual",
        "nfc",
        "rfid",
        "contactless",
        "icc",
    ];
    let mut telling: Vec<&str> = Vec::new();
    for word in words {
        let common = COMMON.contains(&word.to_lowercase().as_str());
        if !common && !telling.iter().any(|told| told.eq_ignore_ascii_case(word)) {
            telling.push(word);
        }
    }
    // A maker without a model says less than the whole.
    let has_model = telling.len() > 1 || telling.iter().any(|word| word.contains(char::is_numeric));
    if has_model {
        telling.join(" ")
    } else {
        words.join(" ")
    }
}

/// The name without its first bracketed part, and that part.
fn cut(name: &str, open: char, close: char) -> (String, Option<String>) {
    if let Some((before, rest)) = name.split_once(open)
        && let Some((inside, after)) = rest.split_once(close)
    {
        return (format!("{before} {after}"), Some(inside.trim().to_owned()));
    }
    (name.to_owned(), None)
}

fn is_number(word: &str) -> bool {
    word.len() <= 2
        && word.chars().all(|c| c.is_ascii_hexdigit())
        && word.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn named(names: &[&str]) -> Vec<String> {
        let present: Vec<ReaderName> = names
            .iter()
            .map(|name| ReaderName((*name).to_owned()))
            .collect();
        present
            .iter()
            .map(|name| display_name(name, &present))
            .collect()
    }

    #[test]
    fn names_are_maker_and_model() {
        let table = [
            (
                "ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] 00 00",
                "ACS ACR1252 (contactless)",
            ),
            (
                "ACS ACR1252 1S CL Reader [ACR1252 Reader SAM] 00 01",
                "ACS ACR1252 (SAM)",
            ),
            (
                "ACS ACR122U PICC Interface 00 00",
                "ACS ACR122U (contactless)",
            ),
            (
                "ACS ACR1252 1S CL Reader PICC 0",
                "ACS ACR1252 (contactless)",
            ),
            (
                "HID Global OMNIKEY 5022 Smart Card Reader [OMNIKEY 5022 Smart Card Reader] (KKE001) 00 00",
                "HID Global OMNIKEY 5022",
            ),
            (
                "Identiv uTrust 3700 F CL Reader [uTrust 3700 F CL Reader] 00 00",
                "Identiv uTrust 3700 F (contactless)",
            ),
            ("Virtual PCD 00 00", "Virtual PCD"),
            ("Reader", "Reader"),
            ("", ""),
        ];
        for (raw, expected) in table {
            assert_eq!(named(&[raw]), [expected], "{raw}");
        }
    }

    #[test]
    fn two_alike_carry_their_own_marks() {
        assert_eq!(
            named(&["Virtual PCD 00 00", "Virtual PCD 00 01"]),
            ["Virtual PCD 1.1", "Virtual PCD 1.2"]
        );
        assert_eq!(
            named(&[
                "HID OMNIKEY 5022 Reader (KKE0123456) 00 00",
                "HID OMNIKEY 5022 Reader (KKE0129999) 01 00"
            ]),
            ["HID OMNIKEY 5022 …3456", "HID OMNIKEY 5022 …9999"]
        );
        let one = named(&[
            "ACS ACR122U PICC Interface 00 00",
            "ACS ACR122U PICC Interface 01 00",
        ]);
        let other = named(&[
            "ACS ACR122U PICC Interface 01 00",
            "ACS ACR122U PICC Interface 00 00",
        ]);
        assert_eq!(
            one,
            [
                "ACS ACR122U (contactless) 1.1",
                "ACS ACR122U (contactless) 2.1"
            ]
        );
        assert_eq!(
            other,
            [
                "ACS ACR122U (contactless) 2.1",
                "ACS ACR122U (contactless) 1.1"
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_names_stay_unique(names in proptest::collection::btree_set(".{0,40}|[A-C ]{1,4} 0[0-2] 0[0-1]", 1..6)) {
            let present: Vec<ReaderName> = names.into_iter().map(ReaderName).collect();
            let shown: BTreeSet<String> = present.iter().map(|name| display_name(name, &present)).collect();
            proptest::prop_assert_eq!(shown.len(), present.len());
        }
    }
}
