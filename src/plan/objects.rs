//! stand-in
#![allow(missing_docs)]
use crate::{diagnostic::Diagnostic, resolve::Pair, rules::Decisions};
#[derive(Debug)]
pub struct PlannedObject;
pub fn plan(_: &Pair, _: &mut Decisions, _: &mut Vec<Diagnostic>) -> Vec<PlannedObject> {
    Vec::new()
}
