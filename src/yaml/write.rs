//! Nodes to text.
