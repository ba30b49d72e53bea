//! What containers ask for.

use super::{Report, items, syntax, text};
use crate::diagnostic::did_you_mean;
use crate::model::pod::{Container, PodTemplate};
use crate::model::quantity::Quantity;
use crate::rules;
use crate::yaml::{Node, pointer_push};

/// The resources of containers without a domain in their names.
const OWN: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

const HUGE: &str = "hugepages-";

pub(super) fn check(
    template: &PodTemplate<'_>,
    container: &Container<'_>,
    report: &mut Report<'_, '_>,
) {
    let Some(resources) = container.node.get("resources") else {
        return;
    };
    claims(template, container, resources, report);
    let site = Amounts {
        container,
        requests: resources.get("requests"),
        limits: resources.get("limits"),
    };
    for (list, amounts) in [("limits", site.limits), ("requests", site.requests)] {
        for entry in amounts.and_then(Node::as_map).into_iter().flatten() {
            site.amount(list, &entry.key, &entry.value, report);
        }
    }
    site.pairs(report);
}

struct Amounts<'a> {
    container: &'a Container<'a>,
    requests: Option<&'a Node>,
    limits: Option<&'a Node>,
}

impl Amounts<'_> {
    fn at(&self, list: &str, name: &str) -> String {
        let mut at = self.container.at(&format!("/resources/{list}"));
        pointer_push(&mut at, name);
        at
    }

    fn of(node: Option<&Node>, name: &str) -> Option<Quantity> {
        Quantity::of(node?.get(name)?)
    }

    /// Looks at one amount by itself.
    fn amount(&self, list: &str, name: &str, node: &Node, report: &mut Report<'_, '_>) {
        const HELP: &str =
            "write a number and a suffix without a space, such as `64Gi`, `2` or `500m`";
        let is_own = OWN.contains(&name) || name.starts_with(HUGE);
        if !is_own {
            let why = match name.contains('/') {
                true => syntax::qualified_name(name),
                false => Some("is none of Kubernetes' own resources"),
            };
            if let Some(why) = why {
                let known = [
                    "nvidia.com/gpu",
                    "amd.com/gpu",
                    "cpu",
                    "memory",
                    "ephemeral-storage",
                ];
                let gpu = name.to_ascii_lowercase().contains("gpu");
                let help = match gpu {
                    true => Some("did you mean `nvidia.com/gpu`?".to_owned()),
                    false => did_you_mean(name, known),
                };
                report.add(
                    &rules::RESOURCE_NAME,
                    &self.at(list, name),
                    format!("the resource `{}` {why}", name.escape_debug()),
                    help.unwrap_or_else(|| {
                        "give its whole name, such as `vpc.amazonaws.com/efa`".to_owned()
                    }),
                );
            }
        }
        if node.is_null() {
            return;
        }
        let Some(quantity) = Quantity::of(node) else {
            if let Some(written) = node.as_str() {
                report.add(
                    &rules::RESOURCE_QUANTITY,
                    &self.at(list, name),
                    format!("`{}` is no quantity", written.escape_debug()),
                    HELP,
                );
            }
            return;
        };
        if quantity < Quantity::ZERO {
            report.add(
                &rules::RESOURCE_QUANTITY,
                &self.at(list, name),
                format!("the amount of `{name}` is negative"),
                HELP,
            );
        } else if !is_own && !quantity.is_whole() {
            report.add(
                &rules::RESOURCE_EXTENDED,
                &self.at(list, name),
                format!("`{quantity}` of `{name}` is no whole number"),
                "ask for whole devices; parts of a GPU have resource names of their own, such as `nvidia.com/mig-1g.10gb`",
            );
        }
        let in_thousandths = node.as_str().is_some_and(|text| text.ends_with('m'));
        let slip = match name {
            "memory" | "ephemeral-storage" if in_thousandths => "thousandths of a byte",
            "cpu" if quantity > Quantity::whole(10_000) => "more processors than any machine has",
            _ => return,
        };
        report.add(
            &rules::RESOURCE_UNIT,
            &self.at(list, name),
            format!("`{name}` is given in {slip}"),
            match name {
                "cpu" => "`500m` is half a processor, `2` are two",
                _ => "use `Mi` or `Gi`",
            },
        );
    }

    /// Holds requests against limits.
    fn pairs(&self, report: &mut Report<'_, '_>) {
        let mut has_huge = None;
        let names = |node: Option<&Node>| -> Vec<String> {
            let map = node.and_then(Node::as_map);
            map.into_iter()
                .flatten()
                .map(|entry| entry.key.clone())
                .collect()
        };
        for name in names(self.limits) {
            if name.starts_with(HUGE) {
                has_huge = Some(("limits", name));
            }
        }
        for name in names(self.requests) {
            let request = Self::of(self.requests, &name);
            let limit = Self::of(self.limits, &name);
            let is_own = OWN.contains(&name.as_str());
            let is_huge = name.starts_with(HUGE);
            let at = || self.at("requests", &name);
            match (request, limit) {
                (Some(request), Some(limit)) if is_own && request > limit => report.add(
                    &rules::RESOURCE_LIMIT,
                    &at(),
                    format!("the request for `{name}`, {request}, is above its limit, {limit}"),
                    "lower the request or raise the limit",
                ),
                (Some(request), Some(limit)) if !is_own && request != limit => report.add(
                    if is_huge {
                        &rules::RESOURCE_HUGEPAGES
                    } else {
                        &rules::RESOURCE_EXTENDED
                    },
                    &at(),
                    format!("the request for `{name}`, {request}, is not its limit, {limit}"),
                    "give both the same amount, or the limit alone",
                ),
                (Some(_), None) if !is_own && name.contains('/') || is_huge && limit.is_none() => {
                    report.add(
                        if is_huge {
                            &rules::RESOURCE_HUGEPAGES
                        } else {
                            &rules::RESOURCE_EXTENDED
                        },
                        &at(),
                        format!("`{name}` has a request and no limit"),
                        "give a limit; the request follows from it",
                    )
                }
                _ => {}
            }
            if is_huge && has_huge.is_none() {
                has_huge = Some(("requests", name));
            }
        }
        if let Some((list, name)) = has_huge {
            self.huge(list, &name, report);
        }
    }

    fn huge(&self, list: &str, name: &str, report: &mut Report<'_, '_>) {
        let page = name.strip_prefix(HUGE).and_then(Quantity::parse);
        let amounts = if list == "limits" {
            self.limits
        } else {
            self.requests
        };
        if let (Some(page), Some(amount)) = (page, Self::of(amounts, name))
            && !amount.is_multiple_of(page)
        {
            report.add(
                &rules::RESOURCE_HUGEPAGES,
                &self.at(list, name),
                format!("{amount} are no whole pages of {page}"),
                format!("use a multiple of {page}"),
            );
        }
        let asks = |name: &str| {
            [self.requests, self.limits]
                .into_iter()
                .flatten()
                .any(|list| list.get(name).is_some())
        };
        if !asks("cpu") && !asks("memory") {
            report.add(
                &rules::RESOURCE_HUGEPAGES,
                &self.at(list, name),
                "huge pages are asked for without cpu or memory",
                "add a request for `cpu` or `memory`",
            );
        }
    }
}

fn claims(
    template: &PodTemplate<'_>,
    container: &Container<'_>,
    resources: &Node,
    report: &mut Report<'_, '_>,
) {
    let Some(spec) = template.spec() else {
        return;
    };
    let of_pod: Vec<&str> = items(spec, "resourceClaims")
        .map(|(_, claim)| text(claim, "name"))
        .collect();
    for (index, claim) in items(resources, "claims") {
        let name = text(claim, "name");
        if !of_pod.contains(&name) {
            report.add(
                &rules::RESOURCE_CLAIM,
                &container.at(&format!("/resources/claims/{index}/name")),
                format!(
                    "the pod has no resource claim named `{}`",
                    name.escape_debug()
                ),
                did_you_mean(name, of_pod.iter().copied())
                    .unwrap_or_else(|| "add it to the pod's `resourceClaims`".to_owned()),
            );
        }
    }
}
