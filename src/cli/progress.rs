//! How far is a long run?

use std::io::{self, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::output::Output;

/// Runs of fewer pairs are over before anybody looks.
const WORTH_SHOWING: usize = 20;

/// A line on the terminal that counts pairs; it goes away when dropped.
#[derive(Debug)]
pub(super) struct Progress {
    shown: bool,
    done: AtomicUsize,
    drawn: Mutex<bool>,
}

impl Progress {
    pub(super) fn new(output: &Output) -> Self {
        Self {
            shown: output.shows_progress(),
            done: AtomicUsize::new(0),
            drawn: Mutex::new(false),
        }
    }

    /// Counts one more pair.
    pub(super) fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        // A terminal is slower than a render, so only every tenth pair is shown.
        if !self.shown || done < WORTH_SHOWING || !done.is_multiple_of(10) {
            return;
        }
        // Whoever finds another thread drawing has nothing newer to show.
        if let Ok(mut drawn) = self.drawn.try_lock() {
            *drawn = write!(io::stderr(), "\r{done} rendered").is_ok();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.drawn.lock().is_ok_and(|drawn| *drawn) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
