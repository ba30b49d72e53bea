//! How far is a long run?

use std::io::{self, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::output::Output;

/// Runs of fewer pairs are over before anybody looks.
const WORTH_SHOWING: usize = 20;
/// Columns of the whole line, if the terminal has them.
const WIDTH: usize = 80;

/// A bar on the terminal that counts pairs; it goes away when dropped.
#[derive(Debug)]
pub(super) struct Progress {
    /// Columns; none if nobody would see the bar.
    width: Option<usize>,
    done: AtomicUsize,
    drawn: Mutex<bool>,
}

impl Progress {
    pub(super) fn new(output: &Output) -> Self {
        Self {
            width: output.progress_width().map(|width| width.min(WIDTH)),
            done: AtomicUsize::new(0),
            drawn: Mutex::new(false),
        }
    }

    /// Counts one more of `all` pairs.
    pub(super) fn step(&self, all: usize) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(width) = self.width.filter(|_| all >= WORTH_SHOWING) else {
            return;
        };
        // A terminal is slower than a render, so only every hundredth of the run is shown.
        if !done.is_multiple_of((all / 100).max(1)) {
            return;
        }
        // Whoever finds another thread drawing has nothing much newer to show.
        if let Ok(mut drawn) = self.drawn.try_lock() {
            *drawn = write!(io::stderr(), "\r{}", bar(done, all, width)).is_ok();
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

/// `[=====>    ] 120/1000`, less than `width` columns wide, since a full line would make some terminals go on
/// to the next; the count alone where there is no room for a bar.
fn bar(done: usize, all: usize, width: usize) -> String {
    let all_digits = all.to_string().len();
    let count = format!("{done:>all_digits$}/{all}");
    let room = width.saturating_sub(count.len() + 4);
    if room < 5 {
        return count;
    }
    let full = room * done.min(all) / all.max(1);
    let mut line = String::with_capacity(width);
    line.push('[');
    line.extend(std::iter::repeat_n('=', full));
    if full < room {
        line.push('>');
        line.extend(std::iter::repeat_n(' ', room - full - 1));
    }
    line.push_str("] ");
    line.push_str(&count);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_grows_and_keeps_its_width() {
        assert_eq!(bar(0, 1000, 24), "[>          ]    0/1000");
        assert_eq!(bar(500, 1000, 24), "[=====>     ]  500/1000");
        assert_eq!(bar(1000, 1000, 24), "[===========] 1000/1000");
        for done in 0..=1000 {
            assert_eq!(bar(done, 1000, WIDTH).len(), WIDTH - 1, "{done}");
        }
    }

    #[test]
    fn a_narrow_terminal_gets_the_count() {
        assert_eq!(bar(7, 20, 12), " 7/20");
    }
}
