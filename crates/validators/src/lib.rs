//! Validators compiled from `schemas/` at build time.
