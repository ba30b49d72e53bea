//! Can the class of a claim give what the claim asks for?
//!
//! Claims that a release plans were held against the profile when they were planned.

use super::{Object, below, field, items, text};
use crate::model::object::Maker;
use crate::model::profile::{AccessMode, StorageClass};
use crate::model::quantity::Quantity;
use crate::rules;
use crate::yaml::Node;

/// Access modes of file systems that drivers cannot give.
const REFUSED: &[(&str, &[&str])] = &[
    ("ebs.csi.aws.com", &["ReadOnlyMany", "ReadWriteMany"]),
    (
        "ebs.csi.eks.amazonaws.com",
        &["ReadOnlyMany", "ReadWriteMany"],
    ),
    ("efs.csi.aws.com", &["ReadOnlyMany"]),
    ("fsx.csi.aws.com", &["ReadOnlyMany"]),
    ("disk.csi.azure.com", &["ReadWriteMany"]),
    ("pd.csi.storage.gke.io", &["ReadWriteMany"]),
    ("s3.csi.aws.com", &["ReadWriteOnce"]),
];

pub(super) fn check(object: &mut Object<'_, '_>, spec: &Node) {
    let Some(name) = text(spec, "storageClassName").filter(|name| !name.is_empty()) else {
        return;
    };
    // A disk may be shared as a device where it cannot be as a file system.
    let is_planned = matches!(object.manifest.maker, Maker::Template(_));
    if is_planned || text(spec, "volumeMode") == Some("Block") {
        return;
    }
    let subject = object.subject;
    let mut classes = subject.of_kind("storage.k8s.io", "StorageClass");
    if let Some(class) = classes.find(|class| class.key.name == name) {
        let driver = text(&class.object, "provisioner").unwrap_or("");
        let refused = REFUSED.iter().find(|(refused, _)| *refused == driver);
        check_modes(object, spec, name, |mode| {
            refused.is_none_or(|(_, modes)| !modes.contains(&mode))
        });
    } else if subject.cluster_is_known {
        let mut classes = subject.cluster().storage.classes.iter();
        if let Some(class) = classes.find(|class| class.name.value == name) {
            check_modes(object, spec, name, |mode| {
                class
                    .access_modes
                    .iter()
                    .map(|offered| AccessMode::as_str(*offered))
                    .any(|offered| offered == mode)
            });
            check_size(object, spec, class);
        }
    }
}

fn check_modes(
    object: &mut Object<'_, '_>,
    spec: &Node,
    class: &str,
    gives: impl Fn(&str) -> bool,
) {
    for (index, mode) in items(spec, "accessModes") {
        let Some(mode) = mode.as_str() else { continue };
        let is_mode = mode.starts_with("Read");
        if is_mode && mode != "ReadWriteOncePod" && !gives(mode) {
            object.report(
                &rules::STORAGE_ACCESS_MODE,
                format_args!("/spec/accessModes/{index}"),
                format!("the class `{class}` cannot give `{mode}`"),
                "choose a class of shared file systems, or another mode",
            );
        }
    }
}

fn check_size(object: &mut Object<'_, '_>, spec: &Node, class: &StorageClass) {
    let Some(size) = below(spec, &["resources", "requests", "storage"]).and_then(Quantity::of)
    else {
        return;
    };
    let amount = |text: &Option<crate::yaml::At<String>>| {
        text.as_ref().and_then(|text| Quantity::parse(&text.value))
    };
    let minimum = amount(&class.minimum).unwrap_or(Quantity::ZERO);
    let message = if size < minimum {
        format!(
            "`{size}` is less than `{}` makes: the volume gets `{minimum}`",
            class.name.value
        )
    } else if let Some(step) = amount(&class.step)
        && size != minimum
        && !size.is_multiple_of(step)
    {
        format!(
            "`{size}` is no size of `{}`: those are multiples of `{step}`",
            class.name.value
        )
    } else {
        return;
    };
    // A claim that names its volume is bound to it, whatever its size.
    if size > Quantity::ZERO && field(spec, "volumeName").is_none() {
        object.report(
            &rules::STORAGE_SIZE,
            format_args!("/spec/resources/requests/storage"),
            message,
            "ask for a size that the class makes: drivers round up, and the difference is paid for",
        );
    }
}
