//! How large does a vLLM command say that an engine is, and how large does the operator think it is?

/// The sizes that the operator reads, with the other names that vLLM knows them by.
const FLAGS: [(&str, &[&str]); 3] = [
    ("--tensor-parallel-size", &["-tp", "--tp"]),
    ("--pipeline-parallel-size", &["-pp", "--pp"]),
    ("--data-parallel-size", &["-dp", "--dp"]),
];

/// What a size is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Number(u64),
    /// A shell variable or anything else that is no number.
    Hidden,
}

/// The sizes of a command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes<'a> {
    /// Tensor, pipeline and data parallel size as vLLM reads them; none where one is no number.
    engine: [Option<u64>; 3],
    /// The same as the operator reads them.
    operator: [u64; 3],
    /// What the operator does not see, as it is written.
    pub(super) unseen: Vec<&'a str>,
}

impl<'a> Sizes<'a> {
    /// Reads the words of `command` and of `args`.
    pub(super) fn of(command: &[&'a str], args: &[&'a str]) -> Self {
        let mut sizes = Self {
            engine: [Some(1); 3],
            operator: [1; 3],
            unseen: Vec::new(),
        };
        let split = |texts: &[&'a str]| -> Vec<&'a str> {
            texts
                .iter()
                .flat_map(|text| text.split_whitespace())
                .collect()
        };
        sizes.read(&split(command), false);
        sizes.read(&split(args), true);
        sizes
    }

    fn read(&mut self, words: &[&'a str], is_read: bool) {
        for (index, word) in words.iter().enumerate() {
            for (place, (long, short)) in FLAGS.iter().enumerate() {
                let (flag, value, is_two_words) = match word.split_once('=') {
                    Some((flag, value)) => (flag, value, false),
                    None => (
                        *word,
                        words.get(index + 1).copied().unwrap_or_default(),
                        true,
                    ),
                };
                if flag != *long && !short.contains(&flag) {
                    continue;
                }
                let size = match value.trim_matches(['"', '\'', '\\']).parse::<u64>() {
                    Ok(number) => Size::Number(number),
                    Err(_) => Size::Hidden,
                };
                let seen = is_read && is_two_words && flag == *long;
                match size {
                    Size::Number(number) => {
                        set(&mut self.engine, place, Some(number));
                        if seen && value.parse::<u64>().is_ok() {
                            set(&mut self.operator, place, number);
                        } else if number != 1 {
                            self.unseen.push(word);
                        }
                    }
                    Size::Hidden => {
                        set(&mut self.engine, place, None);
                        self.unseen.push(word);
                    }
                }
            }
        }
    }

    /// GPUs that the engine needs; none if that cannot be told.
    pub(super) fn needed(&self) -> Option<u64> {
        self.engine
            .iter()
            .try_fold(1_u64, |all, size| all.checked_mul((*size)?))
    }

    /// GPUs that the operator thinks it needs.
    pub(super) fn seen(&self) -> u64 {
        self.operator
            .iter()
            .fold(1_u64, |all, size| all.saturating_mul(*size))
    }
}

fn set<T>(sizes: &mut [T; 3], place: usize, size: T) {
    if let Some(slot) = sizes.get_mut(place) {
        *slot = size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_reads_long_names_in_words_of_their_own() {
        for (args, needed, seen) in [
            (&["--tensor-parallel-size", "16"][..], Some(16), 16),
            (
                &["python3 -m dynamo.vllm --tensor-parallel-size 8 --data-parallel-size 2"],
                Some(16),
                16,
            ),
            (&["--tensor-parallel-size=16"], Some(16), 1),
            (&["-tp", "8", "--pipeline-parallel-size", "2"], Some(16), 2),
            (&["--tensor-parallel-size", "$TP"], None, 1),
            (&["--tp=1"], Some(1), 1),
            (&[], Some(1), 1),
        ] {
            let sizes = Sizes::of(&[], args);
            assert_eq!((sizes.needed(), sizes.seen()), (needed, seen), "{args:?}");
        }
    }

    #[test]
    fn what_stands_in_the_command_is_not_seen() {
        let sizes = Sizes::of(&["vllm", "--tensor-parallel-size", "4"], &[]);
        assert_eq!((sizes.needed(), sizes.seen()), (Some(4), 1));
        assert_eq!(sizes.unseen, ["--tensor-parallel-size"]);
    }
}
