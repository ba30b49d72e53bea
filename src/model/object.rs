//! Kubernetes objects: their identity, their order, and the file each one is written to.

use std::fmt;

use crate::yaml::Node;

/// What makes two manifests the same object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectKey {
    /// Group and version, such as `apps/v1` or `v1`, whole.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; none for cluster-scoped objects.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

/// One object as it will be written, and what it belongs to.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Its identity.
    pub key: ObjectKey,
    /// The object.
    pub object: Node,
    /// The component it is for; none for objects of the whole graph.
    pub component: Option<String>,
    /// How it came to be.
    pub maker: Maker,
}

/// How an object came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Maker {
    /// It is the graph, enriched.
    Graph,
    /// It stood in the graph's file.
    Author,
    /// A template made it; the template's name.
    Template(String),
}

impl ObjectKey {
    /// The identity of an object that has `apiVersion`, `kind` and `metadata.name`.
    pub fn of(object: &Node) -> Option<Self> {
        let text = |keys: &[&str]| object.at(keys).and_then(Node::as_str).map(str::to_owned);
        Some(Self {
            api_version: text(&["apiVersion"])?,
            kind: text(&["kind"])?,
            namespace: text(&["metadata", "namespace"]),
            name: text(&["metadata", "name"])?,
        })
    }

    /// The API group; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    /// The file name of the object in a rendered tree: `<kind>-<name>.yaml`, lower case, and `.` and `:` of
    /// names kept out of the way of file systems.
    pub fn file_name(&self) -> String {
        let name: String = self
            .name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '-' || c == '.' {
                    c
                } else {
                    '-'
                }
            })
            .collect();
        format!("{}-{name}.yaml", self.kind.to_lowercase())
    }

    /// Where the object stands in a stream: what others need comes first, workloads last. Helm's install
    /// order, with custom resources after everything built in (helm/helm `pkg/release/v1/util/kind_sorter.go`).
    pub fn rank(&self) -> usize {
        const ORDER: [&str; 31] = [
            "PriorityClass",
            "Namespace",
            "CustomResourceDefinition",
            "NetworkPolicy",
            "ResourceQuota",
            "LimitRange",
            "PodDisruptionBudget",
            "ServiceAccount",
            "Secret",
            "ConfigMap",
            "StorageClass",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "ClusterRole",
            "ClusterRoleBinding",
            "Role",
            "RoleBinding",
            "ResourceClaimTemplate",
            "Service",
            "DaemonSet",
            "Pod",
            "Deployment",
            "HorizontalPodAutoscaler",
            "StatefulSet",
            "Job",
            "CronJob",
            "IngressClass",
            "Ingress",
            "ExternalSecret",
            "SecretProviderClass",
            "ComputeDomain",
        ];
        let last = match self.kind.as_str() {
            "DynamoGraphDeployment" | "DynamoComponentDeployment" => 1,
            _ => 0,
        };
        ORDER
            .iter()
            .position(|kind| *kind == self.kind)
            .unwrap_or(ORDER.len() + last)
    }

    /// Whether objects of this kind live outside namespaces, as far as kinds we know go.
    pub fn is_cluster_scoped(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "Namespace"
                | "PersistentVolume"
                | "StorageClass"
                | "ClusterRole"
                | "ClusterRoleBinding"
                | "PriorityClass"
                | "CustomResourceDefinition"
                | "IngressClass"
                | "DeviceClass"
                | "ClusterSecretStore"
                | "ClusterTopologyBinding"
        )
    }
}

/// `Kind/name`, or `Kind/namespace/name`.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{}/{namespace}/{}", self.kind, self.name),
            None => write!(f, "{}/{}", self.kind, self.name),
        }
    }
}

/// Sorts manifests into the order of a stream: rank, group, kind, namespace, name.
pub fn sort(manifests: &mut [Manifest]) {
    fn order(manifest: &Manifest) -> (usize, &str, &ObjectKey) {
        let key = &manifest.key;
        (key.rank(), key.group(), key)
    }
    manifests.sort_by(|a, b| order(a).cmp(&order(b)));
}

/// The longest name of most objects: a DNS subdomain's, in bytes.
pub const LONGEST_NAME: usize = 253;

/// Whether an object can be called this: a DNS subdomain.
pub fn is_subdomain(name: &str) -> bool {
    let label = |label: &str| {
        let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let bytes = label.as_bytes();
        edge(bytes.first())
            && edge(bytes.last())
            && bytes
                .iter()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
    };
    name.len() <= LONGEST_NAME && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(api_version: &str, kind: &str) -> ObjectKey {
        ObjectKey {
            api_version: api_version.into(),
            kind: kind.into(),
            namespace: None,
            name: "a".into(),
        }
    }

    #[test]
    fn graphs_come_after_everything_they_need() {
        let graph = key("nvidia.com/v1beta1", "DynamoGraphDeployment");
        for kind in [
            "Namespace",
            "PersistentVolumeClaim",
            "PodMonitor",
            "ExternalSecret",
        ] {
            assert!(key("v1", kind).rank() < graph.rank(), "{kind}");
        }
    }

    #[test]
    fn file_names_are_safe() {
        let mut role = key("rbac.authorization.k8s.io/v1", "Role");
        role.name = "system:x/y".into();
        assert_eq!(role.file_name(), "role-system-x-y.yaml");
    }
}
