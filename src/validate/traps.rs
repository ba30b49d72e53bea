//! What do the operator and the runtime do behind one's back?
//!
//! Nothing here is refused when it is applied: pods come up and do not become ready, work alone, or are not
//! found. What cannot work is an error all the same.

mod command;
mod env;
mod fabric;
mod isolation;
mod memory;
mod multinode;
mod names;
mod ports;
mod selectors;
mod sizes;

use super::Subject;
use super::graph::Graph;
use crate::diagnostic::Diagnostic;

/// Looks at every graph, and at what stands around them.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let graphs = Graph::all(subject);
    for graph in &graphs {
        names::check(graph, found);
        for part in &graph.parts {
            command::check(graph, part, found);
            ports::check(graph, part, found);
            env::check(graph, part, found);
            memory::check(graph, part, found);
            multinode::check(graph, part, found);
            fabric::check(graph, part, found);
        }
    }
    isolation::check(&graphs, found);
    env::shell_syntax(subject, found);
    selectors::check(subject, &graphs, found);
}
