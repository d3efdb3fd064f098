//! One iterative walk over nested objects, before any recursive parser sees them.

use super::header::{Header, TlvError};

/// Bounds of a walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Deepest nesting.
    pub depth: usize,
    /// Most objects.
    pub nodes: usize,
}

/// One object met on the walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Its header.
    pub header: Header,
    /// Where it begins in the walked bytes.
    pub offset: usize,
    /// Its parent, as an index into the walk.
    pub parent: Option<usize>,
}

impl Node {
    /// Where its value begins.
    pub const fn value_start(&self) -> usize {
        self.offset.saturating_add(self.header.length)
    }

    /// Where it ends.
    pub const fn end(&self) -> usize {
        self.offset.saturating_add(self.header.total())
    }
}

/// Walks all objects in `bytes`, parents before children, without recursion.
///
/// Every value must end within its parent, and every constructed value must be filled exactly.
pub(super) fn walk(bytes: &[u8], limits: Limits) -> Result<Vec<Node>, TlvError> {
    let mut nodes: Vec<Node> = Vec::new();
    // Each open range: where it goes on, where it ends, and whose it is.
    let mut open: Vec<(usize, usize, Option<usize>)> = vec![(0, bytes.len(), None)];
    while let Some((at, end, parent)) = open.pop() {
        if at >= end {
            continue;
        }
        let here = bytes
            .get(at..end)
            .ok_or(TlvError::Truncated { offset: at })?;
        let header = Header::read(here, at)?;
        let node = Node {
            header,
            offset: at,
            parent,
        };
        if node.end() > end {
            return Err(TlvError::Overrun {
                offset: at,
                tag: header.tag,
            });
        }
        if nodes.len() >= limits.nodes {
            return Err(TlvError::TooMany {
                limit: limits.nodes,
            });
        }
        let index = nodes.len();
        nodes.push(node);
        open.push((node.end(), end, parent));
        if header.constructed {
            if open.len() > limits.depth {
                return Err(TlvError::TooDeep {
                    limit: limits.depth,
                });
            }
            open.push((node.value_start(), node.end(), Some(index)));
        }
    }
    Ok(nodes)
}
