//! People and their pictures: a folder each, with pictures in it.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// Most people.
const MAX_PEOPLE: usize = 10_000;
/// Most pictures of all.
const MAX_PICTURES: usize = 50_000;
/// Names that pictures end in.
const ENDINGS: [&str; 7] = ["jpg", "jpeg", "png", "jp2", "j2k", "jpf", "jpx"];

/// A person, and which files show them. Neither is told in a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
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
    /// More people or pictures than are evaluated.
    #[error("more than {MAX_PEOPLE} people or {MAX_PICTURES} pictures")]
    TooMany,
    /// Fewer than two people have pictures.
    #[error(
        "{}: {people} folders with pictures; it wants a folder for each of at least two people",
        path.display()
    )]
    TooFew {
        /// The folder.
        path: PathBuf,
        /// How many there are.
        people: usize,
    },
}

/// The people of a folder, in the order of their names. What is no folder, folders without pictures,
/// what begins with a point and symbolic links are passed over.
///
/// # Errors
/// [`WalkError`].
pub fn people(folder: &Path) -> Result<Vec<Person>, WalkError> {
    let mut people = Vec::new();
    let mut count = 0_usize;
    for (name, path) in entries(folder, fs::FileType::is_dir)? {
        let mut pictures: Vec<PathBuf> = Vec::new();
        for (_, file) in entries(&path, fs::FileType::is_file)? {
            let ending = file.extension().and_then(|ending| ending.to_str());
            let ending = ending.map(str::to_ascii_lowercase);
            if ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
                pictures.push(file);
            }
        }
        count = count.saturating_add(pictures.len());
        if !pictures.is_empty() {
            people.push(Person { name, pictures });
        }
        if people.len() > MAX_PEOPLE || count > MAX_PICTURES {
            return Err(WalkError::TooMany);
        }
    }
    if people.len() < 2 {
        return Err(WalkError::TooFew {
            path: folder.to_owned(),
            people: people.len(),
        });
    }
    Ok(people)
}

/// The entries of one kind, by their names.
fn entries(
    folder: &Path,
    kind: fn(&fs::FileType) -> bool,
) -> Result<Vec<(String, PathBuf)>, WalkError> {
    let unreadable = |source| WalkError::Unreadable {
        path: folder.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind(&entry.file_type().map_err(unreadable)?) && !name.starts_with('.') {
            found.push((name, entry.path()));
        }
        if found.len() > MAX_PICTURES {
            return Err(WalkError::TooMany);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

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
        let found: Vec<(String, Vec<String>)> = people(root)
            .unwrap()
            .into_iter()
            .map(|person| {
                let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
                (person.name, person.pictures.into_iter().map(name).collect())
            })
            .collect();
        let expected = [
            ("a".to_owned(), vec!["1.jp2".to_owned()]),
            ("b".to_owned(), vec!["1.png".to_owned(), "2.JPG".to_owned()]),
        ];
        assert_eq!(found, expected);
        fs::remove_dir_all(root.join("a")).unwrap();
        assert!(matches!(
            people(root),
            Err(WalkError::TooFew { people: 1, .. })
        ));
        assert!(matches!(
            people(&root.join("nothing")),
            Err(WalkError::Unreadable { .. })
        ));
    }
}
