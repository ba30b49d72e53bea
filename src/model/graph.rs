//! What to run: a `DynamoGraphDeployment` of either version, in the shape of v1beta1.
//!
//! The graph itself stays a tree, so that nothing of the author's is lost and every field keeps its place;
//! [`Component`] is a view of what the plan asks about. Conversion between the versions is
//! `convert`'s.

use super::profile::GraphVersion;
use crate::yaml::Node;

/// One graph with the other objects of its file.
#[derive(Debug, Clone)]
pub struct Graph {
    /// `metadata.name`
    pub name: String,
    /// The object in the shape of v1beta1, `apiVersion` included.
    pub object: Node,
    /// The version the author wrote.
    pub written: GraphVersion,
    /// Components in the order of `spec.components`.
    pub components: Vec<Component>,
    /// The other objects of the file, in order, and those that v1alpha1 fields became (claims of `pvcs`).
    pub objects: Vec<Node>,
}

/// What the plan asks about one component.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// The name as written.
    pub name: String,
    /// Its type.
    pub kind: ComponentKind,
    /// Replicas; the webhook's default is 1.
    pub replicas: u32,
    /// Pods of one replica: 1, or `multinode.nodeCount`.
    pub node_count: u32,
    /// GPUs of one pod: the main container's, limits before requests; 0 for none or for DRA claims.
    pub gpus: u32,
    /// Whether the pod claims devices through DRA.
    pub claims_devices: bool,
    /// The engine of a worker, from `backendFramework` or its command.
    pub framework: Option<Framework>,
    /// Whether the main container's arguments say that prefill and decode are apart.
    pub disaggregated: bool,
}

/// A component's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComponentKind {
    /// Takes requests.
    Frontend,
    /// Does both prefill and decode.
    Worker,
    /// Reads prompts.
    Prefill,
    /// Writes tokens.
    Decode,
    /// Scales the others.
    Planner,
    /// The endpoint picker of the Gateway API inference extension.
    Epp,
    /// No type: no default ports or probes.
    Plain,
}

impl ComponentKind {
    /// Whether it is a worker of any sort.
    pub fn is_worker(self) -> bool {
        matches!(self, Self::Worker | Self::Prefill | Self::Decode)
    }

    /// The name in `spec.components[].type`; empty for none.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Frontend => "frontend",
            Self::Worker => "worker",
            Self::Prefill => "prefill",
            Self::Decode => "decode",
            Self::Planner => "planner",
            Self::Epp => "epp",
            Self::Plain => "",
        }
    }
}

/// An inference engine that Dynamo knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Framework {
    /// vLLM
    Vllm,
    /// SGLang
    Sglang,
    /// TensorRT-LLM
    Trtllm,
}

impl Framework {
    /// The name in `spec.backendFramework`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vllm => "vllm",
            Self::Sglang => "sglang",
            Self::Trtllm => "trtllm",
        }
    }
}
