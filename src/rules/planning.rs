//! Rules of the plan: each sets fields of the graph and says why.

use super::rules;

rules! {
    OBJECT_LABELS, "object-labels", Note,
        "every object carries the standard labels",
        "People and tools find what belongs together by app.kubernetes.io labels; none of them is ever used in a selector of something another tool owns.",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/";
}
