//! The library: 04 `Search`, 06 `Store`, 07 `LoadChar`, 0C `DeletChar`, 0D `Empty`, 1B
//! `HighSpeedSearch`, 1D `TemplateNum`, 1F `ReadIndexTable`.

use super::message::Message;
use super::module::{DONE, ZfmModule, index, refuse};
use super::templates::{SCORE, identity};

const NOT_FOUND: u8 = 0x09;
const BAD_PAGE: u8 = 0x0B;
const NOT_READABLE: u8 = 0x0C;
const NOT_DELETED: u8 = 0x10;

impl ZfmModule {
    pub(super) fn search(&self, buffer: u8, first: u16, count: u16) -> Vec<Message> {
        let wanted = identity(self.buffer(buffer));
        let pages = first
            ..first
                .saturating_add(count)
                .min(self.kind.capacity)
                .max(first);
        let found = self
            .library
            .range(pages)
            .find(|(_, bytes)| wanted.is_some() && identity(bytes) == wanted)
            .map(|(page, _)| *page);
        let mut rest = [0; 4];
        if let Some(page) = found {
            let [a, b] = page.to_be_bytes();
            let [c, d] = SCORE.to_be_bytes();
            rest = [a, b, c, d];
        }
        let code = if found.is_some() { DONE } else { NOT_FOUND };
        vec![Message::answer(code, &rest)]
    }

    pub(super) fn store(&mut self, buffer: u8, page: u16) -> Vec<Message> {
        if page >= self.kind.capacity {
            return refuse(BAD_PAGE);
        }
        self.library.insert(page, self.buffer(buffer).to_vec());
        refuse(DONE)
    }

    pub(super) fn load_char(&mut self, buffer: u8, page: u16) -> Vec<Message> {
        if page >= self.kind.capacity {
            return refuse(BAD_PAGE);
        }
        let Some(bytes) = self.library.get(&page).cloned() else {
            return refuse(NOT_READABLE);
        };
        self.fill(index(buffer), bytes);
        refuse(DONE)
    }

    pub(super) fn delete(&mut self, first: u16, count: u16) -> Vec<Message> {
        match first.checked_add(count) {
            Some(end) if end <= self.kind.capacity => {
                self.library.retain(|page, _| !(first..end).contains(page));
                refuse(DONE)
            }
            _ => refuse(NOT_DELETED),
        }
    }

    pub(super) fn empty(&mut self) -> Vec<Message> {
        self.library.clear();
        refuse(DONE)
    }

    pub(super) fn template_num(&self) -> Vec<Message> {
        let count = u16::try_from(self.library.len()).unwrap_or(u16::MAX);
        vec![Message::answer(DONE, &count.to_be_bytes())]
    }

    /// A bit for each of 256 pages, the lowest first.
    pub(super) fn index_table(&self, table: u8) -> Vec<Message> {
        if table > 3 {
            return vec![Message::answer(BAD_PAGE, &[0; 32])];
        }
        let byte = |byte: u16| {
            (0..8).fold(0, |bits, bit| {
                let page = u16::from(table) * 256 + byte * 8 + bit;
                bits | u8::from(self.library.contains_key(&page)) << bit
            })
        };
        let bytes: Vec<u8> = (0..32).map(byte).collect();
        vec![Message::answer(DONE, &bytes)]
    }
}
