//! Which line of which file, or which rule, set a field of an object?
//!
//! [`objects`] and [`path::find`] turn what people type into an object and a field; [`field`] prints the
//! chain behind one field and [`object`] a whole object with the origin of every line.

pub mod path;
mod print;

pub use print::{field, object};

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::Manifest;
use crate::model::object::Maker;
use crate::origin::Origin;
use crate::rules::{self, Decisions};
use crate::source::Sources;

/// An object and what is known about how it came to be.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The object.
    pub manifest: &'a Manifest,
    /// The decisions of its render.
    pub decisions: &'a Decisions,
    /// The files of the run.
    pub sources: &'a Sources,
}

/// The objects that `wanted` names: `Kind/name`, `Kind/namespace/name`, `name` or `Kind`, the kind in any case.
///
/// # Errors
/// There is none, or there are several and `wanted` is no full name of one.
pub fn objects<'m>(manifests: &'m [Manifest], wanted: &str) -> Result<&'m Manifest, Diagnostic> {
    let parts: Vec<&str> = wanted.split('/').collect();
    let is_of = |manifest: &Manifest, kind: &str| {
        let own = manifest.key.kind.as_str();
        own.eq_ignore_ascii_case(kind) || short(kind) == Some(own)
    };
    let of_kind = |manifest: &&Manifest| match parts.as_slice() {
        [kind, _, ..] => is_of(manifest, kind),
        _ => false,
    };
    let fits = |manifest: &&Manifest| {
        let key = &manifest.key;
        let is_kind = |kind: &str| is_of(manifest, kind);
        match parts.as_slice() {
            [one] => key.name == *one || is_kind(one),
            [kind, name] => is_kind(kind) && key.name == *name,
            [kind, namespace, name] => {
                is_kind(kind) && key.namespace.as_deref() == Some(*namespace) && key.name == *name
            }
            _ => false,
        }
    };
    let found: Vec<&Manifest> = manifests.iter().filter(fits).collect();
    let refuse = |message: String| Diagnostic::new(&rules::NO_SUCH_OBJECT, Origin::None, message);
    let list = |manifests: &mut dyn Iterator<Item = &Manifest>| {
        manifests.map(plain_name).collect::<Vec<_>>().join(", ")
    };
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let names: Vec<String> = manifests
                .iter()
                .flat_map(|m| [plain_name(m), m.key.name.clone(), m.key.kind.clone()])
                .collect();
            let refusal = refuse(format!("no object `{wanted}` is rendered"));
            let refusal = match did_you_mean(wanted, names.iter().map(String::as_str)) {
                Some(suggestion) => refusal.help(suggestion),
                None => refusal,
            };
            let mut alike = manifests.iter().filter(of_kind).peekable();
            Err(refusal.help(match alike.peek() {
                Some(_) => format!("of its kind are rendered: {}", list(&mut alike)),
                None => format!("rendered are: {}", list(&mut manifests.iter())),
            }))
        }
        // A graph's objects often share its name, and the graph is what people mean by it.
        several if parts.len() == 1 => several
            .iter()
            .find(|manifest| manifest.maker == Maker::Graph)
            .copied()
            .ok_or_else(|| {
                refuse(format!("`{wanted}` may be any of several objects"))
                    .help(format!("name one: {}", list(&mut several.iter().copied())))
            }),
        several => Err(refuse(format!("`{wanted}` is not only one object"))
            .help(format!("name one: {}", list(&mut several.iter().copied())))),
    }
}

/// The kinds that `kubectl` knows by a few letters.
fn short(kind: &str) -> Option<&'static str> {
    Some(match kind.to_ascii_lowercase().as_str() {
        "dgd" => "DynamoGraphDeployment",
        "cm" => "ConfigMap",
        "hpa" => "HorizontalPodAutoscaler",
        "ing" => "Ingress",
        "ns" => "Namespace",
        "netpol" => "NetworkPolicy",
        "pdb" => "PodDisruptionBudget",
        "pv" => "PersistentVolume",
        "pvc" => "PersistentVolumeClaim",
        "sa" => "ServiceAccount",
        "sc" => "StorageClass",
        "so" => "ScaledObject",
        "svc" => "Service",
        _ => return None,
    })
}

fn plain_name(manifest: &Manifest) -> String {
    format!("{}/{}", manifest.key.kind, manifest.key.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectKey;
    use crate::yaml::read;

    pub(super) fn manifest(sources: &mut Sources, text: &str) -> Manifest {
        let file = sources.add("graphs/chat.yaml", text);
        let object = read::documents(text, file, &read::Limits::default(), &mut Vec::new())
            .pop()
            .unwrap();
        Manifest {
            key: ObjectKey::of(&object).unwrap(),
            object,
            component: None,
            maker: Maker::Graph,
        }
    }

    pub(super) const GRAPH: &str = "\
apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeployment
metadata:
  name: chat
spec:
  components:
    - name: worker
      replicas: 2
";

    #[test]
    fn objects_are_found_by_kind_in_any_case_or_by_name() {
        let mut sources = Sources::default();
        let manifests = [manifest(&mut sources, GRAPH)];
        for wanted in ["chat", "dynamographdeployment/chat", "dgd/chat", "DGD"] {
            assert!(objects(&manifests, wanted).is_ok(), "{wanted}");
        }
        let refusal = objects(&manifests, "DynamoGraphDeployment/chatt").unwrap_err();
        assert_eq!(
            refusal.help[0],
            "did you mean `DynamoGraphDeployment/chat`?"
        );
    }
}
