//! Graphwright renders NVIDIA Dynamo inference graphs for real clusters.
