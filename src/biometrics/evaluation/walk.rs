//! Whose pictures are in a folder: a folder a person or a finger, with pictures in it.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Names that pictures end in, in small letters.
    pub endings: &'static [&'static str],
    /// Most people or fingers.
    pub most_subjects: usize,
    /// Most pictures of all.
    pub most_pictures: usize,
}

/// A person or a finger, and which files show it. Neither is told in a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The folder's name.
    pub name: String,
    /// The pictures, by their names.
    pub pictures: Vec<PathBuf>,
}

/// Why a folder can't be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// A folder that can't be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// More people, fingers or pictures than are evaluated.
    #[error("more than {subjects} people or fingers, or {pictures} pictures")]
    TooMany {
        /// Most people or fingers.
        subjects: usize,
        /// Most pictures.
        pictures: usize,
    },
    /// Fewer than two people or fingers have pictures.
    #[error(
        "{}: {found} folders with pictures; it wants a folder for each of at least two",
        path.display()
    )]
    TooFew {
        /// The folder.
        path: PathBuf,
        /// How many there are.
        found: usize,
    },
}

impl Kind {
    fn too_many(self) -> WalkError {
        WalkError::TooMany {
            subjects: self.most_subjects,
            pictures: self.most_pictures,
        }
    }
}

/// A folder for each person or finger, in the order of their names. What is no folder, folders without
/// pictures, what begins with a point and symbolic links are passed over.
///
/// # Errors
/// [`WalkError`].
pub fn subjects(folder: &Path, kind: Kind) -> Result<Vec<Subject>, WalkError> {
    let mut subjects = Vec::new();
    let mut count = 0_usize;
    for (name, path) in entries(folder, fs::FileType::is_dir, kind)? {
        let files = pictures(&path, kind)?;
        let pictures: Vec<PathBuf> = files.into_iter().map(|(_, file)| file).collect();
        count = count.saturating_add(pictures.len());
        if !pictures.is_empty() {
            subjects.push(Subject { name, pictures });
        }
        if subjects.len() > kind.most_subjects || count > kind.most_pictures {
            return Err(kind.too_many());
        }
    }
    if subjects.len() < 2 {
        return Err(WalkError::TooFew {
            path: folder.to_owned(),
            found: subjects.len(),
        });
    }
    Ok(subjects)
}

/// The pictures that lie in a folder itself, by their names.
///
/// # Errors
/// [`WalkError`].
pub fn pictures(folder: &Path, kind: Kind) -> Result<Vec<(String, PathBuf)>, WalkError> {
    let mut files = entries(folder, fs::FileType::is_file, kind)?;
    files.retain(|(_, file)| {
        let ending = file.extension().and_then(|ending| ending.to_str());
        let ending = ending.map(str::to_ascii_lowercase);
        ending.is_some_and(|ending| kind.endings.contains(&ending.as_str()))
    });
    Ok(files)
}

/// The entries of one type, by their names.
fn entries(
    folder: &Path,
    wanted: fn(&fs::FileType) -> bool,
    kind: Kind,
) -> Result<Vec<(String, PathBuf)>, WalkError> {
    let unreadable = |source| WalkError::Unreadable {
        path: folder.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if wanted(&entry.file_type().map_err(unreadable)?) && !name.starts_with('.') {
            found.push((name, entry.path()));
        }
        if found.len() > kind.most_pictures {
            return Err(kind.too_many());
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const KIND: Kind = Kind {
        endings: &["jpg", "png", "jp2"],
        most_subjects: 3,
        most_pictures: 6,
    };

    #[test]
    fn people_are_folders_and_pictures_are_files_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for file in [
            "b/2.JPG",
            "b/1.png",
            "b/notes.txt",
            "a/1.jp2",
            "c/notes.txt",
            ".d/1.jpg",
        ] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        fs::write(root.join("loose.jpg"), b"").unwrap();
        std::os::unix::fs::symlink(root.join("b"), root.join("e")).unwrap();
        let found: Vec<(String, Vec<String>)> = subjects(root, KIND)
            .unwrap()
            .into_iter()
            .map(|subject| {
                let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
                (
                    subject.name,
                    subject.pictures.into_iter().map(name).collect(),
                )
            })
            .collect();
        let expected = [
            ("a".to_owned(), vec!["1.jp2".to_owned()]),
            ("b".to_owned(), vec!["1.png".to_owned(), "2.JPG".to_owned()]),
        ];
        assert_eq!(found, expected);
        for few in [(1, 6), (3, 2)] {
            let few = Kind {
                most_subjects: few.0,
                most_pictures: few.1,
                ..KIND
            };
            let found = subjects(root, few);
            assert!(matches!(found, Err(WalkError::TooMany { .. })), "{found:?}");
        }
        fs::remove_dir_all(root.join("a")).unwrap();
        assert!(matches!(
            subjects(root, KIND),
            Err(WalkError::TooFew { found: 1, .. })
        ));
        assert!(matches!(
            subjects(&root.join("nothing"), KIND),
            Err(WalkError::Unreadable { .. })
        ));
    }
}
