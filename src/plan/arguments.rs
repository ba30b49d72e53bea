//! Where does a flag stand in a command line, and how is it changed without touching anything else?
//!
//! Command lines come as lists of words and as shell scripts within one word. A script is read just far enough
//! to know its words: quotes, backslashes at line ends, comments and the ends of commands.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

/// One word of a shell script.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    /// Its bytes, quotes included.
    range: Range<usize>,
    /// Which of the script's commands it belongs to.
    command: usize,
}

/// A flag in a command line and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    /// The flag's bytes or words, its value included.
    whole: Range<usize>,
    /// The value's bytes or words; none if the flag stands alone.
    value: Option<Range<usize>>,
    /// Whether flag and value are one word, as in `--flag=value`.
    joined: bool,
}

/// Why a flag was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is not there.
    Missing,
    /// It is there several times.
    Several,
    /// It would have to be added to a script, and which of its commands is meant cannot be told; or the script
    /// is more than can be read here.
    Script,
    /// Several words follow it that are no flags, and which of them are its values cannot be told.
    Values,
}

/// Whether one word of a list is a script of its own.
pub(super) fn is_script(word: &str) -> bool {
    word.contains(char::is_whitespace) && word.split_whitespace().any(|part| part.starts_with("--"))
}

/// Sets `flag` in a list of words: its value is replaced, or flag and value are added at the end. Without a
/// value the flag stands alone. The words that are new, and where they go: `(range to replace, new words)`.
pub(super) fn set_in_words(
    words: &[&str],
    flag: &str,
    value: Option<&str>,
) -> Result<(Range<usize>, Vec<String>), Trouble> {
    let new = |joined: bool| match value {
        Some(value) if joined => vec![format!("{flag}={value}")],
        Some(value) => vec![flag.to_owned(), value.to_owned()],
        None => vec![flag.to_owned()],
    };
    match find_in_words(words, flag) {
        Ok(found) => Ok((found.whole, new(found.joined))),
        Err(Trouble::Missing) => Ok((words.len()..words.len(), new(false))),
        Err(trouble) => Err(trouble),
    }
}

/// The words of a flag and its value in a list of words.
pub(super) fn remove_from_words(words: &[&str], flag: &str) -> Result<Range<usize>, Trouble> {
    find_in_words(words, flag).map(|found| found.whole)
}

/// Whether a list of words or the scripts in it have the flag.
pub(super) fn has(words: &[&str], flag: &str) -> bool {
    words.iter().any(|word| match is_script(word) {
        true => !matches!(find_in_script(word, flag), Err(Trouble::Missing)),
        false => is_flag(word, flag),
    })
}

/// The value of a flag that stands once, without quotes around it.
pub(super) fn value(words: &[&str], flag: &str) -> Option<String> {
    let unquoted = |text: &str| text.trim_matches(['"', '\'']).to_owned();
    let joined = |text: &str| Some(unquoted(text.split_once('=')?.1));
    for word in words {
        if is_script(word)
            && let Ok(found) = find_in_script(word, flag)
        {
            return match found.value {
                Some(range) => Some(unquoted(&word[range])),
                None => joined(&word[found.whole]),
            };
        }
    }
    let found = find_in_words(words, flag).ok()?;
    match found.value {
        Some(range) => words.get(range.start).map(|word| unquoted(word)),
        None => joined(words.get(found.whole.start)?),
    }
}

/// Every flag of a list of words and of the scripts in it.
pub(super) fn flags<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let name = |word: &'a str| word.split_once('=').map_or(word, |(name, _)| name);
    let mut found = Vec::new();
    for word in words {
        if is_script(word) {
            let parts = split(word).unwrap_or_default();
            found.extend(parts.iter().map(|part| name(&word[part.range.clone()])));
        } else {
            found.push(name(word));
        }
    }
    found.retain(|word| word.starts_with("--"));
    found
}

/// A script with `flag` set.
pub(super) fn set_in_script(
    script: &str,
    flag: &str,
    value: Option<&str>,
) -> Result<String, Trouble> {
    let quoted = value.map(quote);
    let mut new = script.to_owned();
    match find_in_script(script, flag) {
        Ok(found) => {
            let text = match (&quoted, found.joined) {
                (Some(value), true) => format!("{flag}={value}"),
                (Some(value), false) => match found.value {
                    // Line breaks between the two stay.
                    Some(range) => {
                        new.replace_range(range, value);
                        return Ok(new);
                    }
                    None => format!("{flag} {value}"),
                },
                (None, _) => flag.to_owned(),
            };
            new.replace_range(found.whole, &text);
            Ok(new)
        }
        Err(Trouble::Missing) => {
            let added = match quoted {
                Some(value) => format!(" {flag} {value}"),
                None => format!(" {flag}"),
            };
            new.insert_str(end_of_program(script)?, &added);
            Ok(new)
        }
        Err(trouble) => Err(trouble),
    }
}

/// A script without `flag` and its value.
pub(super) fn remove_from_script(script: &str, flag: &str) -> Result<String, Trouble> {
    let Found { whole, .. } = find_in_script(script, flag)?;
    // The space before it goes too, and a line break with its backslash.
    let before = script[..whole.start].trim_end_matches([' ', '\t']);
    let before = match before.strip_suffix('\n') {
        Some(line) => line
            .strip_suffix('\\')
            .map_or(before, |line| line.trim_end()),
        None => before,
    };
    Ok(format!("{before}{}", &script[whole.end..]))
}

/// A script with words added to its program's arguments.
pub(super) fn add_to_script(script: &str, words: &[&str]) -> Result<String, Trouble> {
    let at = end_of_program(script)?;
    let mut new = script.to_owned();
    let added: String = words
        .iter()
        .map(|word| format!(" {}", quote(word)))
        .collect();
    new.insert_str(at, &added);
    Ok(new)
}

fn is_flag(word: &str, flag: &str) -> bool {
    word.strip_prefix(flag)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

/// Whether a word can be the value of the flag before it.
fn is_value(word: &str) -> bool {
    let number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    word.strip_prefix('-').is_none_or(number)
}

fn find_in_words(words: &[&str], flag: &str) -> Result<Found, Trouble> {
    let mut places = (0..words.len()).filter(|index| is_flag(words[*index], flag));
    let index = places.next().ok_or(Trouble::Missing)?;
    if places.next().is_some() {
        return Err(Trouble::Several);
    }
    let joined = words[index].len() > flag.len();
    let follows = |offset: usize| {
        let next = words.get(index + offset);
        next.is_some_and(|next| !joined && is_value(next))
    };
    if follows(1) && follows(2) {
        return Err(Trouble::Values);
    }
    let value = follows(1).then_some(index + 1..index + 2);
    Ok(Found {
        whole: index..value.as_ref().map_or(index + 1, |value| value.end),
        value,
        joined,
    })
}

fn find_in_script(script: &str, flag: &str) -> Result<Found, Trouble> {
    let words = split(script).ok_or(Trouble::Script)?;
    let text = |word: &Word| &script[word.range.clone()];
    let mut places = (0..words.len()).filter(|index| is_flag(text(&words[*index]), flag));
    let index = places.next().ok_or(Trouble::Missing)?;
    if places.next().is_some() {
        return Err(Trouble::Several);
    }
    let word = &words[index];
    let joined = word.range.len() > flag.len();
    let follows = |offset: usize| {
        words
            .get(index + offset)
            .filter(|next| !joined && next.command == word.command && is_value(text(next)))
    };
    if follows(1).is_some() && follows(2).is_some() {
        return Err(Trouble::Values);
    }
    let value = follows(1).map(|next| next.range.clone());
    let end = value.as_ref().map_or(word.range.end, |value| value.end);
    Ok(Found {
        whole: word.range.start..end,
        value,
        joined,
    })
}

/// Where the arguments end of the only command that starts a Dynamo component.
fn end_of_program(script: &str) -> Result<usize, Trouble> {
    let words = split(script).ok_or(Trouble::Script)?;
    let text = |word: &Word| &script[word.range.clone()];
    let mut programs = words
        .windows(2)
        .filter(|pair| text(&pair[0]) == "-m" && text(&pair[1]).starts_with("dynamo."));
    let program = programs.next().ok_or(Trouble::Script)?;
    if programs.next().is_some() {
        return Err(Trouble::Script);
    }
    let command = program[0].command;
    let last = words.iter().rfind(|word| word.command == command);
    last.map(|word| word.range.end).ok_or(Trouble::Script)
}

/// The words of a script; none if a quote or an expansion does not end. Redirections are not followed: what
/// comes after `>` or `<` begins another command.
fn split(script: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut command = 0;
    let mut chars = script.char_indices().peekable();
    let mut close = |start: &mut Option<usize>, end: usize, command: usize| {
        if let Some(start) = start.take() {
            words.push(Word {
                range: start..end,
                command,
            });
        }
    };
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some((_, '\n')) => close(&mut start, at, command),
                _ => {
                    start.get_or_insert(at);
                }
            },
            '\'' | '"' | '`' => {
                start.get_or_insert(at);
                skip(&mut chars, c)?;
            }
            '$' => {
                start.get_or_insert(at);
                let close = match chars.peek() {
                    Some((_, '(')) => ')',
                    Some((_, '{')) => '}',
                    _ => continue,
                };
                chars.next();
                skip(&mut chars, close)?;
            }
            '#' if start.is_none() => {
                while chars.peek().is_some_and(|(_, next)| *next != '\n') {
                    chars.next();
                }
            }
            // The number of a stream belongs to its redirection.
            '<' | '>'
                if start
                    .is_some_and(|start| script[start..at].bytes().all(|b| b.is_ascii_digit())) =>
            {
                start = None;
                command += 1;
            }
            '\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>' => {
                close(&mut start, at, command);
                command += 1;
            }
            c if c.is_whitespace() => close(&mut start, at, command),
            _ => {
                start.get_or_insert(at);
            }
        }
    }
    close(&mut start, script.len(), command);
    Some(words)
}

/// Goes on behind `end`: the end of a quote, or of an expansion with everything in it.
fn skip(chars: &mut Peekable<CharIndices<'_>>, end: char) -> Option<()> {
    while let Some((_, c)) = chars.next() {
        match c {
            c if c == end => return Some(()),
            _ if end == '\'' => {}
            '\\' => {
                chars.next();
            }
            '\'' | '"' if end != '"' => skip(chars, c)?,
            '(' if end == ')' => skip(chars, ')')?,
            '$' => match chars.peek() {
                Some((_, '(')) => {
                    chars.next();
                    skip(chars, ')')?;
                }
                Some((_, '{')) => {
                    chars.next();
                    skip(chars, '}')?;
                }
                _ => {}
            },
            _ => {}
        }
    }
    None
}

/// A value as a shell reads it back.
fn quote(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "set -e\n# --model is below\nexec python3 -m dynamo.vllm \\\n  --model Qwen/Qwen3-32B \\\n  --enforce-eager \\\n  --kv-transfer-config '{\"a b\": \"--model\"}' \\\n  --max-model-len=8192 2>&1 | tee /tmp/log\n";

    #[test]
    fn values_in_lists_are_replaced_where_they_stand() {
        let words = ["--model", "a", "--eager", "--len=1", "-tp", "-4"];
        assert_eq!(
            set_in_words(&words, "--model", Some("b")),
            Ok((0..2, vec!["--model".into(), "b".into()]))
        );
        assert_eq!(
            set_in_words(&words, "--len", Some("2")),
            Ok((3..4, vec!["--len=2".into()]))
        );
        assert_eq!(
            set_in_words(&words, "--eager", Some("x")),
            Ok((2..3, vec!["--eager".into(), "x".into()]))
        );
        assert_eq!(
            set_in_words(&words, "--new", None),
            Ok((6..6, vec!["--new".into()]))
        );
        assert_eq!(remove_from_words(&words, "--eager"), Ok(2..3));
        assert_eq!(remove_from_words(&words, "-tp"), Ok(4..6));
        assert_eq!(remove_from_words(&words, "--mod"), Err(Trouble::Missing));
        assert_eq!(
            remove_from_words(&["--a", "--a=1"], "--a"),
            Err(Trouble::Several)
        );
    }

    #[test]
    fn scripts_change_in_one_place() {
        let set = |flag, value| set_in_script(SCRIPT, flag, value).unwrap();
        assert_eq!(
            set("--model", Some("x/y")),
            SCRIPT.replace("--model Qwen/Qwen3-32B", "--model x/y")
        );
        assert_eq!(
            set("--max-model-len", Some("4")),
            SCRIPT.replace("=8192", "=4")
        );
        assert_eq!(
            set("--enforce-eager", Some("it's")),
            SCRIPT.replace("--enforce-eager", "--enforce-eager 'it'\\''s'")
        );
        assert_eq!(
            set("--new", Some("1")),
            SCRIPT.replace("=8192", "=8192 --new 1")
        );
        assert_eq!(
            remove_from_script(SCRIPT, "--enforce-eager").unwrap(),
            SCRIPT.replace(" \\\n  --enforce-eager", "")
        );
        assert_eq!(
            remove_from_script(SCRIPT, "--kv-transfer-config").unwrap(),
            SCRIPT.replace(" \\\n  --kv-transfer-config '{\"a b\": \"--model\"}'", "")
        );
    }

    #[test]
    fn expansions_are_one_word() {
        for value in [
            "$(cat /m | head -n 1)",
            "${M:-a b}",
            "`cat /m`",
            "\"$(cat \"/a b\")\"",
            "a$(b)c",
            "\"${X:-'y z'} \"",
        ] {
            let script = format!("python3 -m dynamo.vllm --model {value} --x 1");
            assert_eq!(
                set_in_script(&script, "--model", Some("n/m")).unwrap(),
                "python3 -m dynamo.vllm --model n/m --x 1",
                "{value}"
            );
            assert_eq!(
                remove_from_script(&script, "--model").unwrap(),
                "python3 -m dynamo.vllm --x 1",
                "{value}"
            );
        }
        for open in [
            "--model $(cat",
            "--model 'a",
            "--model ${a",
            "--model \"$(b\"",
        ] {
            assert_eq!(
                set_in_script(open, "--model", Some("x")),
                Err(Trouble::Script),
                "{open}"
            );
        }
    }

    #[test]
    fn several_values_are_left_to_the_author() {
        let words = ["--lora-modules", "a=b", "c=d", "--x", "1"];
        assert_eq!(
            remove_from_words(&words, "--lora-modules"),
            Err(Trouble::Values)
        );
        let script = "python3 -m dynamo.vllm --lora-modules a=b c=d --x 1";
        assert_eq!(
            set_in_script(script, "--lora-modules", Some("e")),
            Err(Trouble::Values)
        );
        assert_eq!(
            remove_from_script(script, "--x").unwrap(),
            "python3 -m dynamo.vllm --lora-modules a=b c=d"
        );
    }

    #[test]
    fn a_script_without_one_program_takes_nothing_new() {
        let two = "python3 -m dynamo.vllm --a &\npython3 -m dynamo.frontend";
        assert_eq!(set_in_script(two, "--b", None), Err(Trouble::Script));
        assert_eq!(
            set_in_script("vllm serve --a", "--b", None),
            Err(Trouble::Script)
        );
        assert_eq!(
            add_to_script("python3 -m dynamo.vllm --a", &["--b", "c d"]).unwrap(),
            "python3 -m dynamo.vllm --a --b 'c d'"
        );
    }

    #[test]
    fn flags_are_found_in_scripts_and_lists() {
        assert_eq!(flags(&["python3", "--a", "1", "--b=2"]), ["--a", "--b"]);
        assert_eq!(
            flags(&["-c", SCRIPT]),
            [
                "--model",
                "--enforce-eager",
                "--kv-transfer-config",
                "--max-model-len"
            ]
        );
        assert_eq!(
            value(&["-c", SCRIPT], "--model").as_deref(),
            Some("Qwen/Qwen3-32B")
        );
        assert_eq!(
            value(&["-c", SCRIPT], "--max-model-len").as_deref(),
            Some("8192")
        );
        assert_eq!(value(&["--a=1", "--b"], "--a").as_deref(), Some("1"));
        assert_eq!(value(&["--a=1", "--b"], "--b"), None);
        assert!(has(&["-c", SCRIPT], "--enforce-eager"));
        assert!(!has(&["-c", SCRIPT], "--enforce"));
    }

    #[test]
    fn a_flag_that_was_set_and_removed_leaves_everything_else() {
        for flag in ["--x", "--model-x"] {
            let with = set_in_script(SCRIPT, flag, Some("a b")).unwrap();
            assert_eq!(remove_from_script(&with, flag).unwrap(), SCRIPT, "{flag}");
        }
    }
}
