//! The text of the QR code on a citizen card.

use time::Date;

use super::{Design, Persona};

impl Persona {
    /// The QR code's text in this card's design; a foreign document has none.
    #[must_use]
    pub fn qr(&self) -> String {
        match self.design {
            _ if self.foreign.is_some() => String::new(),
            Design::Card2021 => self.qr_2021(),
            Design::Card2024 => self.qr_2024(),
        }
    }

    /// The seven fields of the card of 2021.
    #[must_use]
    pub fn qr_2021(&self) -> String {
        let date = |date: Date| {
            format!(
                "{:02}{:02}{:04}",
                date.day(),
                u8::from(date.month()),
                date.year()
            )
        };
        [
            self.personal_number.as_str(),
            self.old_number.as_deref().unwrap_or(""),
            &mixed_case(&self.full_name),
            &date(self.birth_date),
            self.sex.word(),
            &self.residence,
            &date(self.issue_date),
        ]
        .join("|")
    }

    /// The eleven fields of the card of 2024; children's cards name the parents.
    #[must_use]
    pub fn qr_2024(&self) -> String {
        let child = self.issue_date.year() - self.birth_date.year() < 16;
        let parent = |index| {
            self.parents
                .get(index)
                .filter(|_| child)
                .map_or("", String::as_str)
        };
        format!("{}||{}|{}|", self.qr_2021(), parent(0), parent(1))
    }
}

/// Words with a capital at the front alone, as the QR code has them.
fn mixed_case(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first: String = letters.next().into_iter().collect();
        first + &letters.as_str().to_lowercase()
    };
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
