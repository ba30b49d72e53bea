//! Rules about the checks themselves: a project's severities, and waivers.

use super::rules;

rules! {
    PROJECT_RULE, "project-rule", Error,
        "a project can only set the severity of rules that there are",
        "A misspelt code would leave the rule as it was.",
        "docs/guarantees.md#nothing-is-guessed";
    PROJECT_RULE_FIXED, "project-rule-fixed", Error,
        "rules that a run relies on cannot be made milder",
        "A file that cannot be read, or a tree that would lose or mix objects, is not a matter of taste: what is written after such a mistake would be something else than what was asked for.",
        "docs/guarantees.md#nothing-is-lost";
    PROJECT_UNUSED, "project-unused", Warning,
        "a project is described by one file, `graphwright.yaml` at its root",
        "Another one is not looked at, so what it says has no effect. The root is the nearest directory above the inputs that has `.git`, or else `graphwright.yaml`.",
        "docs/guarantees.md#nothing-is-lost";
    WAIVER_MALFORMED, "waiver-malformed", Error,
        "a waiver names a rule, a last day and a reason",
        "A waiver that cannot be read waives nothing, and one without a day or a reason would be there for ever and nobody would know why. Write `CODE until YYYY-MM-DD: reason`, one a line.",
        "docs/guarantees.md#nothing-is-guessed";
    WAIVER_EXPIRED, "waiver-expired", Warning,
        "a waiver ends after its last day",
        "What was put up with for a while is reported again. Mend it, or decide anew and write a later day.",
        "docs/guarantees.md#nothing-is-guessed";
    WAIVER_UNUSED, "waiver-unused", Note,
        "a waiver should waive something",
        "What it was for is mended, or it names the wrong object. Left where it is, it would hide the next mistake of its kind.",
        "docs/guarantees.md#nothing-is-guessed";
}
