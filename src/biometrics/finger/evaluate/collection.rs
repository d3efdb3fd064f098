//! Which fingers a folder shows, and in which files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use crate::biometrics::evaluation::walk::Subject;
use crate::biometrics::evaluation::walk::{Kind, WalkError, pictures, subjects};

/// Pictures of fingers. All pairs of 2,000 are two million.
pub const PICTURES: Kind = Kind {
    endings: &[
        "tif", "tiff", "png", "bmp", "pgm", "wsq", "jpg", "jpeg", "jpe",
    ],
    most_subjects: 2_000,
    most_pictures: 2_000,
};

/// How a folder says which picture is of which finger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// By the files' names, as the fingerprint verification competitions do: `101_3.tif` is the third
    /// picture of finger 101.
    Named,
    /// A folder a finger.
    Folders,
}

impl Layout {
    /// As the report says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Named => "files named FINGER_PICTURE in one folder",
            Self::Folders => "a folder a finger",
        }
    }
}

/// The pictures of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// How they are told apart.
    pub layout: Layout,
    /// The fingers, and their pictures in the order of their numbers or names.
    pub fingers: Vec<Subject>,
    /// Pictures beside them that are nobody's.
    pub passed_over: usize,
}

/// Why a folder can't be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum CollectionError {
    /// The folder.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// A folder within it shows several fingers by its files' names.
    #[error(
        "{}: its files are named FINGER_PICTURE and show several fingers; evaluate that folder itself",
        path.display()
    )]
    SeveralFingers {
        /// The folder.
        path: PathBuf,
    },
    /// Two files are the same picture of the same finger, in two formats perhaps.
    #[error("{}: a second file of the same finger and picture", path.display())]
    Twice {
        /// The second.
        path: PathBuf,
    },
}

/// The fingers of a folder: by the names of the files that lie in it where two fingers are named so,
/// else a folder a finger. What begins with a point, symbolic links and folders in folders are passed
/// over.
///
/// # Errors
/// [`CollectionError`].
pub fn collection(folder: &Path) -> Result<Collection, CollectionError> {
    let loose = pictures(folder, PICTURES)?;
    let all = loose.len();
    let named = by_number(loose)?;
    if named.len() >= 2 {
        let taken: usize = named.values().map(BTreeMap::len).sum();
        let subject = |(finger, pictures): (u32, BTreeMap<u32, PathBuf>)| Subject {
            name: finger.to_string(),
            pictures: pictures.into_values().collect(),
        };
        return Ok(Collection {
            layout: Layout::Named,
            fingers: named.into_iter().map(subject).collect(),
            passed_over: all.saturating_sub(taken),
        });
    }
    let fingers = subjects(folder, PICTURES)?;
    for finger in &fingers {
        let names = finger.pictures.iter().filter_map(|path| number(path));
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for (finger, _) in names {
            let count = counts.entry(finger).or_default();
            *count = count.saturating_add(1);
        }
        // One finger's pictures taken for another's would be errors of nobody.
        if counts.values().filter(|count| **count >= 2).count() >= 2 {
            return Err(CollectionError::SeveralFingers {
                path: folder.join(&finger.name),
            });
        }
    }
    Ok(Collection {
        layout: Layout::Folders,
        fingers,
        passed_over: all,
    })
}

/// Files by the numbers of finger and picture in their names; those without are left out.
fn by_number(
    files: Vec<(String, PathBuf)>,
) -> Result<BTreeMap<u32, BTreeMap<u32, PathBuf>>, CollectionError> {
    let mut fingers: BTreeMap<u32, BTreeMap<u32, PathBuf>> = BTreeMap::new();
    for (_, path) in files {
        let Some((finger, picture)) = number(&path) else {
            continue;
        };
        let pictures = fingers.entry(finger).or_default();
        if pictures.contains_key(&picture) {
            return Err(CollectionError::Twice { path });
        }
        pictures.insert(picture, path);
    }
    Ok(fingers)
}

/// Finger and picture of a file that is named `101_3.tif`.
fn number(path: &Path) -> Option<(u32, u32)> {
    let (finger, picture) = path.file_stem()?.to_str()?.split_once('_')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(finger) || !digits(picture) {
        return None;
    }
    Some((finger.parse().ok()?, picture.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        folder
    }

    /// What is found: layout, each finger with the names of its files, and how many are passed over.
    fn found(files: &[&str]) -> (Layout, Vec<(String, Vec<String>)>, usize) {
        let folder = folder(files);
        let found = collection(folder.path()).unwrap();
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        let finger = |finger: &Subject| {
            (
                finger.name.clone(),
                finger.pictures.iter().map(name).collect(),
            )
        };
        (
            found.layout,
            found.fingers.iter().map(finger).collect(),
            found.passed_over,
        )
    }

    fn finger(name: &str, pictures: &[&str]) -> (String, Vec<String>) {
        (
            name.to_owned(),
            pictures.iter().map(|one| (*one).to_owned()).collect(),
        )
    }

    #[test]
    fn names_say_the_finger_and_are_in_the_order_of_numbers() {
        let files = [
            "102_2.tif",
            "101_10.TIF",
            "101_2.png",
            "readme.txt",
            "cover.png",
            "101_x.tif",
            "101_+1.tif",
            "more/1.tif",
        ];
        let expected = vec![
            finger("101", &["101_2.png", "101_10.TIF"]),
            finger("102", &["102_2.tif"]),
        ];
        assert_eq!(found(&files), (Layout::Named, expected, 3));
    }

    #[test]
    fn else_a_folder_is_a_finger() {
        let files = [
            "b/1_1.wsq",
            "b/1_2.wsq",
            "a/2.jpg",
            "a/1.bmp",
            "a/deeper/3.bmp",
            "stray_1.tif",
            "7_1.tif",
        ];
        let expected = vec![
            finger("a", &["1.bmp", "2.jpg"]),
            finger("b", &["1_1.wsq", "1_2.wsq"]),
        ];
        assert_eq!(found(&files), (Layout::Folders, expected, 2));
    }

    #[test]
    fn what_would_mix_fingers_is_refused() {
        let several = folder(&[
            "DB1/101_1.tif",
            "DB1/101_2.tif",
            "DB1/102_1.tif",
            "DB1/102_2.tif",
            "DB2/101_1.tif",
        ]);
        let refused = collection(several.path());
        assert!(
            matches!(refused, Err(CollectionError::SeveralFingers { .. })),
            "{refused:?}"
        );
        let twice = folder(&["1_1.tif", "1_01.png", "2_1.tif"]);
        let refused = collection(twice.path());
        assert!(
            matches!(refused, Err(CollectionError::Twice { .. })),
            "{refused:?}"
        );
        let few = folder(&["1_1.tif", "1_2.tif"]);
        let refused = collection(few.path());
        assert!(
            matches!(
                refused,
                Err(CollectionError::Walk(WalkError::TooFew { found: 0, .. }))
            ),
            "{refused:?}"
        );
    }
}
