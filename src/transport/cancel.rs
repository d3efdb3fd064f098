//! Calling off a wait.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Hook = Box<dyn Fn() + Send>;

/// Calls off whatever waits with it, from any thread. Clones call off the same.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    cancelled: bool,
    next: u64,
    hooks: BTreeMap<u64, Hook>,
}

impl CancelToken {
    /// A token that nobody has pulled yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every wait that goes by this token, now and from now on.
    pub fn cancel(&self) {
        let hooks = {
            let mut inner = self.inner();
            inner.cancelled = true;
            std::mem::take(&mut inner.hooks)
        };
        for hook in hooks.values() {
            hook();
        }
    }

    /// Whether it was pulled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.inner().cancelled
    }

    /// Runs `hook` when the token is pulled, at once where it was pulled already, for as long as
    /// the returned value lives.
    pub(super) fn on_cancel(&self, hook: impl Fn() + Send + 'static) -> OnCancel {
        let mut inner = self.inner();
        let id = inner.next;
        inner.next += 1;
        if inner.cancelled {
            drop(inner);
            hook();
        } else {
            inner.hooks.insert(id, Box::new(hook));
        }
        OnCancel {
            token: self.clone(),
            id,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelToken")
            .field(&self.is_cancelled())
            .finish()
    }
}

/// Keeps a hook in place.
pub(super) struct OnCancel {
    token: CancelToken,
    id: u64,
}

impl Drop for OnCancel {
    fn drop(&mut self) {
        self.token.inner().hooks.remove(&self.id);
    }
}
