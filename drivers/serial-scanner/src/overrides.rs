//! What an operator knows better of one device than its profile does, by the names that a
//! configuration has for it.

use serialport::Parity;

use crate::profile::{Ends, Form, Profile};

/// What is otherwise than in the profile; `None` where it is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overrides<'a> {
    /// Bits a second: 300 to 921,600.
    pub baud: Option<u32>,
    /// `none`, `odd` or `even`.
    pub parity: Option<&'a str>,
    /// What ends a text: `line`, `etx`, `nul`, `idle`, `any`, each of them.
    pub ends: Option<&'a [String]>,
    /// `utf-8`, `windows-1258` or `windows-1252`.
    pub encoding: Option<&'a str>,
    /// What the length of a 3M frame counts: `after-length`, `text` or `frame`.
    pub length_counts: Option<&'a str>,
    /// What its check covers: `from-start`, `from-length`, `after-length` or `after-stx`.
    pub check_covers: Option<&'a str>,
}

/// What of it cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Mistake {
    /// The field.
    pub key: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

fn mistake(key: &'static str, problem: impl ToString) -> Mistake {
    Mistake {
        key,
        problem: problem.to_string(),
    }
}

impl Profile {
    /// This kind of device with `other` in place of what it has.
    ///
    /// # Errors
    /// A [`Mistake`]: a name that stands for nothing, or something that this kind of frame has not.
    pub fn with(mut self, other: &Overrides<'_>) -> Result<Self, Mistake> {
        if let Some(baud) = other.baud {
            if !(300..=921_600).contains(&baud) {
                let problem = format!("must be 300 to 921600, not {baud}");
                return Err(mistake("baud", problem));
            }
            self.baud = baud;
        }
        if let Some(name) = other.parity {
            self.parity = match name {
                "none" => Parity::None,
                "odd" => Parity::Odd,
                "even" => Parity::Even,
                _ => return Err(mistake("parity", "must be none, odd or even")),
            };
        }
        let kind = self.name;
        let not_here = |key| mistake(key, format!("is of no use with the profile {kind}"));
        if let Some(names) = other.ends {
            let Form::Text { ends, .. } = &mut self.form else {
                return Err(not_here("ends"));
            };
            let mut all = None;
            for name in names {
                let one: Ends = name.parse().map_err(|no| mistake("ends", no))?;
                all = Some(all.map_or(one, |all| all | one));
            }
            *ends = all.ok_or_else(|| mistake("ends", "must name one end at least"))?;
        }
        if let Some(name) = other.encoding {
            let Form::Text { encoding, .. } = &mut self.form else {
                return Err(not_here("encoding"));
            };
            *encoding = name.parse().map_err(|no| mistake("encoding", no))?;
        }
        if let Some(name) = other.length_counts {
            let Form::Mrz3m { counts, .. } = &mut self.form else {
                return Err(not_here("length_counts"));
            };
            *counts = name.parse().map_err(|no| mistake("length_counts", no))?;
        }
        if let Some(name) = other.check_covers {
            let Form::Mrz3m { check, .. } = &mut self.form else {
                return Err(not_here("check_covers"));
            };
            *check = name.parse().map_err(|no| mistake("check_covers", no))?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::{Encoding, Table};
    use crate::profile::{BlockCheck, Counts, profile};

    #[test]
    fn what_is_named_takes_the_place_of_what_the_profile_has() {
        let ends = ["line".to_owned(), "etx".to_owned()];
        let text = Overrides {
            baud: Some(115_200),
            parity: Some("even"),
            ends: Some(&ends),
            encoding: Some("windows-1258"),
            ..Overrides::default()
        };
        let made = profile("qr").unwrap().with(&text).unwrap();
        assert_eq!((made.baud, made.parity), (115_200, Parity::Even));
        let form = Form::Text {
            ends: Ends::LINE | Ends::ETX,
            encoding: Encoding::Utf8Or(Table::Windows1258),
        };
        assert_eq!(made.form, form);
        let frame = Overrides {
            length_counts: Some("frame"),
            check_covers: Some("after-stx"),
            ..Overrides::default()
        };
        let form = Form::Mrz3m {
            counts: Counts::Frame,
            check: BlockCheck::AfterStx,
        };
        assert_eq!(profile("mrz-3m").unwrap().with(&frame).unwrap().form, form);
        let same = profile("qr").unwrap().with(&Overrides::default());
        assert_eq!(same, Ok(profile("qr").unwrap()));
    }

    #[test]
    fn what_cannot_be_names_its_key() {
        let none = Overrides::default();
        let (nothing, unknown) = ([], ["crlf".to_owned()]);
        let baud = |baud| Overrides {
            baud: Some(baud),
            ..none
        };
        let table = [
            ("qr", baud(1), "baud"),
            ("qr", baud(u32::MAX), "baud"),
            (
                "qr",
                Overrides {
                    parity: Some("mark"),
                    ..none
                },
                "parity",
            ),
            (
                "qr",
                Overrides {
                    ends: Some(&nothing),
                    ..none
                },
                "ends",
            ),
            (
                "qr",
                Overrides {
                    ends: Some(&unknown),
                    ..none
                },
                "ends",
            ),
            (
                "mrz-desko",
                Overrides {
                    ends: Some(&unknown),
                    ..none
                },
                "ends",
            ),
            (
                "qr",
                Overrides {
                    encoding: Some("latin"),
                    ..none
                },
                "encoding",
            ),
            (
                "mrz-3m",
                Overrides {
                    encoding: Some("utf-8"),
                    ..none
                },
                "encoding",
            ),
            (
                "qr",
                Overrides {
                    length_counts: Some("text"),
                    ..none
                },
                "length_counts",
            ),
            (
                "mrz-3m",
                Overrides {
                    length_counts: Some("all"),
                    ..none
                },
                "length_counts",
            ),
            (
                "mrz-3m",
                Overrides {
                    check_covers: Some("all"),
                    ..none
                },
                "check_covers",
            ),
            (
                "mrz-lines",
                Overrides {
                    check_covers: Some("after-stx"),
                    ..none
                },
                "check_covers",
            ),
        ];
        for (name, other, key) in table {
            let refused = profile(name).unwrap().with(&other).unwrap_err();
            assert_eq!(refused.key, key, "{name} {other:?}");
        }
    }
}
