//! Live pictures that came before, by their digests: a camera never gives the same bytes twice.

use rusqlite::OptionalExtension;

use super::{Store, StoreError};

/// So many are remembered, some week of a busy desk; the oldest goes first.
pub const MAX_FRAMES: i64 = 200_000;

impl Store {
    /// Remembers the pictures of a session by their digests; the place of the first that came in another
    /// one. Those of the same session may come again.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn meet_frames(
        &self,
        session: &str,
        digests: &[String],
    ) -> Result<Option<usize>, StoreError> {
        self.transaction(|transaction| {
            let mut replayed = None;
            for (place, digest) in digests.iter().enumerate() {
                let first: Option<String> = transaction
                    .prepare_cached("SELECT session FROM frames WHERE digest = ?1")?
                    .query_row([digest], |row| row.get(0))
                    .optional()?;
                match first {
                    Some(first) if first != session => {
                        replayed = replayed.or(Some(place));
                    }
                    Some(_) => {}
                    None => {
                        transaction
                            .prepare_cached("INSERT INTO frames (digest, session) VALUES (?1, ?2)")?
                            .execute((digest, session))?;
                    }
                }
            }
            transaction.execute(
                "DELETE FROM frames WHERE sequence <= (SELECT max(sequence) FROM frames) - ?1",
                [MAX_FRAMES],
            )?;
            Ok(replayed)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::testing::open;
    use super::*;

    fn digests(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_picture_is_a_replay_in_every_session_but_its_own_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let meet = |session, names: &[&str]| {
            let store = open(folder.path());
            store.meet_frames(session, &digests(names)).unwrap()
        };
        assert_eq!(meet("1", &["one", "two", "one"]), None);
        assert_eq!(meet("1", &["two"]), None, "the same session asks again");
        assert_eq!(meet("2", &["three", "two", "one"]), Some(1));
        assert_eq!(
            meet("3", &["three"]),
            Some(0),
            "what came with it is remembered"
        );
        assert_eq!(meet("4", &["four"]), None);
    }

    #[test]
    fn memory_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        store.meet_frames("1", &digests(&["first"])).unwrap();
        store
            .transaction(|transaction| {
                let far = "INSERT INTO frames (sequence, digest, session) VALUES (?1, 'far', '1')";
                Ok(transaction.execute(far, [MAX_FRAMES])?)
            })
            .unwrap();
        assert_eq!(
            store.meet_frames("2", &digests(&["first"])).unwrap(),
            Some(0)
        );
        store.meet_frames("2", &digests(&["next"])).unwrap();
        assert_eq!(store.meet_frames("3", &digests(&["first"])).unwrap(), None);
    }
}
