//! What the commands about delivery tools share: the manifests they ask about, and how they answer.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use graphwright::diagnostic;
use graphwright::health;
use graphwright::model::Manifest;
use graphwright::yaml::{Node, write};

use super::Exit;
use super::inputs::Selection;
use super::output::Output;

/// What is delivered.
#[derive(Debug, Args)]
pub(super) struct Inputs {
    /// Graphs, releases or directories; for health, all kinds if left out
    #[arg(value_name = "GRAPH|RELEASE|DIR", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    selection: Selection,
}

/// A mapping with one list.
pub(super) fn named(key: &str, items: Vec<Node>) -> Node {
    let mut node = Node::map(Default::default());
    node.set(key, Node::new(items, Default::default()));
    node
}

impl Inputs {
    /// Renders what is asked about, if anything, and prints what is made of it.
    pub(super) fn answer(
        self,
        output: &Output,
        may_be_empty: bool,
        make: impl FnOnce(&[&Manifest]) -> Node,
    ) -> io::Result<Exit> {
        let mut pairs = Vec::new();
        if !(self.paths.is_empty() && may_be_empty) {
            let paths = match self.paths.as_slice() {
                [] => vec![PathBuf::from(".")],
                paths => paths.to_vec(),
            };
            let job = match self.selection.job(&paths) {
                Ok(job) => job,
                Err(error) => return output.refuse(&error),
            };
            let all = job.everything();
            output.diagnostics(&all.diagnostics, &all.sources)?;
            if diagnostic::has_errors(&all.diagnostics) {
                return Ok(Exit::NotDone);
            }
            pairs = all.pairs;
        }
        let manifests: Vec<&Manifest> = pairs.iter().flat_map(|pair| &pair.manifests).collect();
        if !may_be_empty && health::ignore_differences(&manifests).is_empty() {
            output.note("nothing to ignore: no component has a scaling adapter or a planner")?;
        }
        let mut text = String::new();
        write::write(&make(&manifests), &mut text);
        output.answer(&text)?;
        Ok(Exit::Done)
    }
}
