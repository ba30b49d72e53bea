//! Many things at once, with answers in the order of the questions.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many threads to use for `items` things where `wanted` were asked for (0: as many as the machine can
/// run). Asking how many that are reads files of the system: not for a single thing.
pub(crate) fn threads(items: usize, wanted: usize) -> usize {
    match (items, wanted) {
        (0 | 1, _) => 1,
        (_, 0) => std::thread::available_parallelism().map_or(1, NonZero::get),
        (_, wanted) => wanted,
    }
    .min(items)
}

/// What `answer` gives for each of `items`, in their order, on as many threads as [`threads`] says.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    answer: &(dyn Fn(usize, &T) -> R + Sync),
) -> Vec<R> {
    let threads = self::threads(items.len(), threads);
    if threads <= 1 {
        let answers = items.iter().enumerate();
        return answers.map(|(index, item)| answer(index, item)).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut answers = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                return answers;
            };
            answers.push((index, answer(index, item)));
        }
    };
    let mut answers: Vec<(usize, R)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let mut all = take();
        for other in others {
            match other.join() {
                Ok(answers) => all.extend(answers),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn answers_come_in_the_order_of_the_questions() {
        let items: Vec<usize> = (0..1000).collect();
        for threads in [0, 1, 4, 2000] {
            let answers = map(&items, threads, &|index, item| {
                assert_eq!(index, *item);
                item * 2
            });
            assert!(
                answers
                    .iter()
                    .enumerate()
                    .all(|(index, answer)| *answer == index * 2)
            );
        }
        assert!(map::<u8, u8>(&[], 4, &|_, item| *item).is_empty());
    }
}
