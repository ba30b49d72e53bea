//! What a worker needs to use the network between GPU nodes: devices, environment, annotations, volumes and
//! rights. In `exact` strictness this is what upstream's provider components patch.

use super::component::{self, Mounted, env_var, main_container, main_container_mut, prepend_env};
use super::pool::component_origin;
use super::{Notes, Site};
use crate::diagnostic::Diagnostic;
use crate::model::profile::{EnvVar, Fabric};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{At, Node, Value};

pub(super) fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    component_requests(site, node, notes);
    let Some(fabric) = site.fabric else {
        unused_devices(site, node, notes);
        return;
    };
    if site.is_safe() {
        foreign_devices(site, fabric, node, notes);
    }
    devices(site, fabric, node, notes);
    environment(site, fabric, node, notes);
    annotations(fabric, node, notes);
    mounts(fabric, node, notes);
    security(fabric, node, notes);
    if let Some(size) = &fabric.shared_memory
        && node.get("sharedMemorySize").is_none()
    {
        let origin = notes.decide(&rules::SHARED_MEMORY, [size.origin]);
        node.set("sharedMemorySize", Node::new(size.value.as_str(), origin));
    }
}

/// Device counts as requests and limits; the author's own count stays.
fn devices(site: &Site<'_>, fabric: &Fabric, node: &mut Node, notes: &mut Notes) {
    for resource in &fabric.resources {
        let count = resource.for_pod(site.component.gpus);
        let inputs = [resource.origin, gpu_origin(node)];
        let author = author_count(node, &resource.name);
        if let Some((written, origin)) = author {
            if written != count.to_string() {
                notes.diagnostics.push(
                    Diagnostic::new(
                        &rules::FABRIC_DEVICES,
                        origin,
                        format!(
                            "component `{}` asks for {written} `{}` where profile `{}` would give {count}",
                            site.component.name, resource.name, site.pair.profile.name
                        ),
                    )
                    .label(resource.origin, "the profile's count")
                    .help("the graph wins; leave the resource out of the graph to take the profile's count"),
                );
            }
            mirror_count(node, &resource.name);
            continue;
        }
        let outcome = format!("{count} × {}", resource.name);
        let origin = notes.decide_that(&rules::FABRIC_DEVICES, inputs, outcome);
        let Some(main) = main_container_mut(node) else {
            return;
        };
        let resources = main.ensure_map("resources", origin);
        for side in ["limits", "requests"] {
            let quantity = Node::new(count.to_string(), origin);
            resources
                .ensure_map(side, origin)
                .set(&resource.name, quantity);
        }
    }
}

/// The count an author wrote for a device, as text, and where.
fn author_count(node: &Node, name: &str) -> Option<(String, Origin)> {
    let resources = main_container(node)?.get("resources")?;
    let written = ["limits", "requests"]
        .iter()
        .find_map(|side| resources.get(side)?.get(name))?;
    let text = match &written.value {
        Value::String(text) => text.clone(),
        _ => written.to_json().to_string(),
    };
    Some((text, written.origin))
}

/// Extended resources must be asked for alike in limits and requests; a limit alone implies the request, so
/// only a request without a limit needs a copy.
fn mirror_count(node: &mut Node, name: &str) {
    let Some(resources) = main_container_mut(node).and_then(|main| main.get_mut("resources"))
    else {
        return;
    };
    let request = resources.at(&["requests", name]).cloned();
    if let Some(request) = request
        && resources.at(&["limits", name]).is_none()
    {
        let origin = request.origin;
        resources.ensure_map("limits", origin).set(name, request);
    }
}

fn gpu_origin(node: &Node) -> Origin {
    main_container(node)
        .and_then(|main| main.at(&["resources", "limits", "nvidia.com/gpu"]))
        .map_or(Origin::None, |gpus| gpus.origin)
}

/// Whether a resource is a device of some fabric: what it is called is a fact of the cluster.
fn is_fabric_device(name: &str) -> bool {
    name == "vpc.amazonaws.com/efa"
        || name.starts_with("rdma/")
        || name.starts_with("networking.gke.io.networks/")
}

/// Devices of another fabric make a pod that no node can take; the profile's own take their place.
fn foreign_devices(site: &Site<'_>, fabric: &Fabric, node: &mut Node, notes: &mut Notes) {
    let offered = |name: &str| {
        fabric
            .resources
            .iter()
            .any(|resource| resource.name == name)
            || site
                .pool
                .is_some_and(|pool| pool.allocatable.contains_key(name))
    };
    let Some(resources) = main_container_mut(node).and_then(|main| main.get_mut("resources"))
    else {
        return;
    };
    let mut told: Vec<String> = Vec::new();
    for side in ["limits", "requests"] {
        let Some(map) = resources.get_mut(side).and_then(Node::as_map_mut) else {
            continue;
        };
        let foreign: Vec<String> = map
            .keys()
            .filter(|name| is_fabric_device(name) && !offered(name))
            .map(str::to_owned)
            .collect();
        for name in foreign {
            let Some(entry) = map.remove_entry(&name) else {
                continue;
            };
            if told.contains(&name) {
                continue;
            }
            notes.diagnostics.push(
                Diagnostic::new(
                    &rules::FABRIC_FOREIGN_DEVICE,
                    entry.key_origin,
                    format!(
                        "component `{}` asks for `{name}`, which no node of profile `{}` has; left out",
                        site.component.name, site.pair.profile.name
                    ),
                )
                .help(format!(
                    "the profile's fabric is {}; its devices are added instead",
                    fabric.kind.name()
                )),
            );
            told.push(name);
        }
        if map.is_empty() {
            resources.remove(side);
        }
    }
}

/// Devices of a fabric on a component that gets none from the profile.
fn unused_devices(site: &Site<'_>, node: &Node, notes: &mut Notes) {
    let Some(pool) = site.pool else { return };
    let asked = main_container(node)
        .and_then(|main| main.at(&["resources", "limits"]))
        .and_then(Node::as_map);
    for entry in asked.into_iter().flatten() {
        if is_fabric_device(&entry.key) && !pool.allocatable.contains_key(&entry.key) {
            notes.diagnostics.push(
                Diagnostic::new(
                    &rules::DEVICE_NOT_OFFERED,
                    entry.key_origin,
                    format!(
                        "component `{}` asks for `{}`, which pool `{}` does not list",
                        site.component.name, entry.key, *pool.name
                    ),
                )
                .help("its pods stay pending unless nodes have the device; add it to the pool's `allocatable` if they do"),
            );
        }
    }
}

/// The fabric's variables in the profile's order, before the author's.
fn environment(site: &Site<'_>, fabric: &Fabric, node: &mut Node, notes: &mut Notes) {
    let of_role = fabric.role_env.get(site.component.kind.as_str());
    let mut variables: Vec<&At<EnvVar>> = of_role.into_iter().flatten().collect();
    variables.extend(&fabric.env);
    if site.is_safe() {
        variables.extend(&fabric.safe_env);
    }
    let mut nodes = Vec::with_capacity(variables.len());
    for variable in variables {
        let origin = notes.decide(&rules::FABRIC_ENV, [variable.origin]);
        nodes.push(env_var(
            &variable.name,
            &expand(site, &variable.value.value),
            origin,
        ));
    }
    let at = component_origin(node);
    if let Some(main) = main_container_mut(node) {
        prepend_env(main, nodes, at);
    }
}

/// `{hcas}` stands for the pool's RDMA devices.
fn expand(site: &Site<'_>, value: &str) -> String {
    if !value.contains("{hcas}") {
        return value.to_owned();
    }
    let hcas: Vec<String> = site
        .pool
        .iter()
        .flat_map(|pool| pool.hcas.iter())
        .map(|hca| format!("{}:1", hca.value))
        .collect();
    value.replace("{hcas}", &hcas.join(","))
}

fn annotations(fabric: &Fabric, node: &mut Node, notes: &mut Notes) {
    for (key, value) in &fabric.annotations {
        let origin = notes.decide(&rules::FABRIC_ANNOTATIONS, [value.origin]);
        let annotations = node
            .ensure_map("podTemplate", origin)
            .ensure_map("metadata", origin)
            .ensure_map("annotations", origin);
        if annotations.get(key).is_none() {
            annotations.set(key, Node::new(value.value.as_str(), origin));
        }
    }
}

/// Host paths of the fabric's user space. An author's volume or mount of the same name or path stays.
fn mounts(fabric: &Fabric, node: &mut Node, notes: &mut Notes) {
    for mount in &fabric.mounts {
        let origin = notes.decide(&rules::FABRIC_MOUNTS, [mount.origin]);
        let mounted = Mounted {
            name: &mount.name,
            path: &mount.mount_path,
            read_only: mount.read_only,
            source: Node::from_json(&mount.source, origin),
        };
        component::mount(mounted, node, origin);
    }
}

/// What the container must be allowed to do. The author's own fields stay; capabilities are added to theirs.
fn security(fabric: &Fabric, node: &mut Node, notes: &mut Notes) {
    let security = &fabric.security;
    let inputs = [security.privileged.origin]
        .into_iter()
        .chain(security.run_as_user.iter().map(|user| user.origin))
        .chain(security.capabilities.iter().map(|c| c.origin));
    let wanted =
        *security.privileged || security.run_as_user.is_some() || !security.capabilities.is_empty();
    if !wanted {
        return;
    }
    let origin = notes.decide(&rules::FABRIC_SECURITY, inputs);
    let Some(main) = main_container_mut(node) else {
        return;
    };
    let context = main.ensure_map("securityContext", origin);
    if *security.privileged && context.get("privileged").is_none() {
        // The API server refuses privileged together with allowPrivilegeEscalation: false.
        let forbids = context
            .get("allowPrivilegeEscalation")
            .and_then(Node::as_bool)
            == Some(false);
        if !forbids {
            context.set("privileged", Node::new(true, origin));
        }
    }
    if let Some(user) = &security.run_as_user
        && context.get("runAsUser").is_none()
    {
        context.set("runAsUser", Node::new(user.value, origin));
    }
    for capability in &security.capabilities {
        let added = context
            .ensure_map("capabilities", origin)
            .ensure_list("add", origin);
        if let Some(list) = added.as_list_mut()
            && !list
                .iter()
                .any(|item| item.as_str() == Some(capability.as_str()))
        {
            list.push(Node::new(capability.value.as_str(), origin));
        }
    }
}

/// Requests the profile gives to every component of a type, such as a frontend's ephemeral storage.
fn component_requests(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let Some(fabric) = &site.pair.profile.spec.fabric else {
        return;
    };
    let of_kind = fabric.component_requests.get(site.component.kind.as_str());
    for (name, quantity) in of_kind.into_iter().flatten() {
        let Some(main) = main_container_mut(node) else {
            return;
        };
        if main.at(&["resources", "requests", name]).is_some() {
            continue;
        }
        let origin = notes.decide(&rules::FABRIC_REQUESTS, [quantity.origin]);
        main.ensure_map("resources", origin)
            .ensure_map("requests", origin)
            .set(name, Node::new(quantity.value.as_str(), origin));
    }
}
