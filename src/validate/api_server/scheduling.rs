//! Tolerations, affinity, spread and claims: what decides where a pod may stand.

use super::{Report, items, syntax, text};
use crate::model::pod::PodTemplate;
use crate::rules;
use crate::yaml::Node;

pub(super) fn check(template: &PodTemplate<'_>, report: &mut Report<'_, '_>) {
    let Some(spec) = template.spec() else {
        return;
    };
    for (index, toleration) in items(spec, "tolerations") {
        tolerate(
            toleration,
            &template.at(&format!("/tolerations/{index}")),
            report,
        );
    }
    let affinity = |path: &[&str]| spec.get("affinity").and_then(|node| node.at(path));
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    if let Some(terms) = affinity(&["nodeAffinity", required]) {
        let at = template.at(&format!("/affinity/nodeAffinity/{required}"));
        let count = items(terms, "nodeSelectorTerms").count();
        if terms.as_map().is_some() && count == 0 {
            report.add(
                &rules::POD_AFFINITY,
                &at,
                "a required node affinity has no terms",
                "give at least one of `nodeSelectorTerms`",
            );
        }
        for (index, term) in items(terms, "nodeSelectorTerms") {
            expressions(
                term,
                &format!("{at}/nodeSelectorTerms/{index}"),
                true,
                report,
            );
        }
    }
    if let Some(node) = affinity(&["nodeAffinity"]) {
        for (index, item) in items(node, preferred) {
            let at = template.at(&format!("/affinity/nodeAffinity/{preferred}/{index}"));
            weight(item, &at, report);
            if let Some(term) = item.get("preference") {
                expressions(term, &format!("{at}/preference"), true, report);
            }
        }
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let Some(node) = affinity(&[kind]) else {
            continue;
        };
        for (index, term) in items(node, required) {
            let at = template.at(&format!("/affinity/{kind}/{required}/{index}"));
            pod_term(term, &at, report);
        }
        for (index, item) in items(node, preferred) {
            let at = template.at(&format!("/affinity/{kind}/{preferred}/{index}"));
            weight(item, &at, report);
            if let Some(term) = item.get("podAffinityTerm") {
                pod_term(term, &format!("{at}/podAffinityTerm"), report);
            }
        }
    }
    spread(template, spec, report);
    resource_claims(template, spec, report);
}

fn tolerate(toleration: &Node, at: &str, report: &mut Report<'_, '_>) {
    let operator = text(toleration, "operator");
    let [key, value, effect] = ["key", "value", "effect"].map(|field| text(toleration, field));
    let mut add = |below: &str, message: &str, help: &str| {
        report.add(
            &rules::POD_TOLERATION,
            &format!("{at}{below}"),
            message,
            help,
        );
    };
    if operator == "Exists" && !value.is_empty() {
        add(
            "/value",
            "a toleration with `Exists` has a value",
            "remove `value`, or use `operator: Equal`",
        );
    }
    if key.is_empty() && operator != "Exists" && toleration.as_map().is_some() {
        add(
            "",
            "a toleration without a key must have `operator: Exists`",
            "give a `key`, or `operator: Exists` to tolerate everything",
        );
    }
    if toleration
        .get("tolerationSeconds")
        .is_some_and(|node| !node.is_null())
        && effect != "NoExecute"
    {
        add(
            "/tolerationSeconds",
            "`tolerationSeconds` is for the effect `NoExecute` alone",
            "remove it, or give `effect: NoExecute`",
        );
    }
    if let Some(why) = (!key.is_empty())
        .then(|| syntax::qualified_name(key))
        .flatten()
    {
        add(
            "/key",
            &format!("the taint key `{}` {why}", key.escape_debug()),
            "write the taint's key",
        );
    }
}

fn weight(item: &Node, at: &str, report: &mut Report<'_, '_>) {
    let weight = item.get("weight").and_then(Node::as_int);
    if weight.is_some_and(|weight| !(1..=100).contains(&weight)) {
        report.add(
            &rules::POD_AFFINITY,
            &format!("{at}/weight"),
            "a weight must be between 1 and 100",
            "use 100 for the strongest wish",
        );
    }
}

fn pod_term(term: &Node, at: &str, report: &mut Report<'_, '_>) {
    if term.get("topologyKey").and_then(Node::as_str) == Some("") {
        report.add(
            &rules::POD_AFFINITY,
            &format!("{at}/topologyKey"),
            "the topology key is empty",
            "name a node label, such as `kubernetes.io/hostname`",
        );
    }
    for selector in ["labelSelector", "namespaceSelector"] {
        if let Some(selector_node) = term.get(selector) {
            expressions(selector_node, &format!("{at}/{selector}"), false, report);
        }
    }
}

/// Looks at the expressions of a term about nodes, or of a selector of pods.
fn expressions(term: &Node, at: &str, is_of_nodes: bool, report: &mut Report<'_, '_>) {
    for list in ["matchExpressions", "matchFields"] {
        for (index, expression) in items(term, list) {
            let operator = text(expression, "operator");
            let values: Vec<&Node> = items(expression, "values")
                .map(|(_, value)| value)
                .collect();
            let wrong = match operator {
                "In" | "NotIn" if values.is_empty() => "wants values",
                "Exists" | "DoesNotExist" if !values.is_empty() => "wants no values",
                "Gt" | "Lt" if is_of_nodes => {
                    let is_number = |node: &&Node| {
                        node.as_str()
                            .is_some_and(|text| text.parse::<i64>().is_ok())
                    };
                    match values.as_slice() {
                        [one] if is_number(one) => continue,
                        _ => "wants one whole number, in quotes",
                    }
                }
                "In" | "NotIn" | "Exists" | "DoesNotExist" => continue,
                _ => match is_of_nodes {
                    true => "is none of `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt`",
                    false => "is none of `In`, `NotIn`, `Exists`, `DoesNotExist`",
                },
            };
            let key = text(expression, "key").escape_debug();
            report.add(
                &rules::POD_AFFINITY,
                &format!("{at}/{list}/{index}"),
                format!("`{}` of the label `{key}` {wrong}", operator.escape_debug()),
                "mend the operator or its `values`",
            );
        }
    }
}

fn spread(template: &PodTemplate<'_>, spec: &Node, report: &mut Report<'_, '_>) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (index, constraint) in items(spec, "topologySpreadConstraints") {
        let at = |below: &str| template.at(&format!("/topologySpreadConstraints/{index}{below}"));
        let number = |field: &str| constraint.get(field).and_then(Node::as_int);
        let [key, mode] = ["topologyKey", "whenUnsatisfiable"].map(|field| text(constraint, field));
        if number("maxSkew").is_some_and(|skew| skew < 1) {
            let help = "use 1 for an even spread";
            report.add(
                &rules::POD_SPREAD,
                &at("/maxSkew"),
                "`maxSkew` must be at least 1",
                help,
            );
        }
        if constraint.get("topologyKey").is_some() && key.is_empty() {
            let help = "name a node label, such as `topology.kubernetes.io/zone`";
            report.add(
                &rules::POD_SPREAD,
                &at("/topologyKey"),
                "the topology key is empty",
                help,
            );
        }
        if let Some(domains) = number("minDomains") {
            let message = match mode {
                _ if domains < 1 => "`minDomains` must be at least 1",
                "DoNotSchedule" => "",
                _ => "`minDomains` is for `whenUnsatisfiable: DoNotSchedule` alone",
            };
            if !message.is_empty() {
                report.add(
                    &rules::POD_SPREAD,
                    &at("/minDomains"),
                    message,
                    "remove `minDomains`",
                );
            }
        }
        if !key.is_empty() && seen.contains(&(key, mode)) {
            report.add(
                &rules::POD_SPREAD,
                &at(""),
                format!(
                    "two constraints spread over `{}` with `{mode}`",
                    key.escape_debug()
                ),
                "merge them into one",
            );
        }
        seen.push((key, mode));
        let selects = constraint
            .get("labelSelector")
            .is_some_and(|node| !node.is_null())
            || items(constraint, "matchLabelKeys").next().is_some();
        if !selects && !key.is_empty() {
            report.add(
                &rules::POD_SPREAD_SELECTOR,
                &at(""),
                format!("the spread over `{}` selects no pods", key.escape_debug()),
                "give a `labelSelector` that the pod's own labels match",
            );
        }
        if let Some(selector) = constraint.get("labelSelector") {
            expressions(selector, &at("/labelSelector"), false, report);
        }
    }
}

fn resource_claims(template: &PodTemplate<'_>, spec: &Node, report: &mut Report<'_, '_>) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, claim) in items(spec, "resourceClaims") {
        let at = template.at(&format!("/resourceClaims/{index}"));
        let name = text(claim, "name");
        if !name.is_empty() && seen.contains(&name) {
            let message = format!(
                "two resource claims of the pod are named `{}`",
                name.escape_debug()
            );
            report.add(
                &rules::RESOURCE_CLAIM,
                &at,
                message,
                "give each a name of its own",
            );
        }
        seen.push(name);
        let sources = ["resourceClaimName", "resourceClaimTemplateName"]
            .iter()
            .filter(|field| claim.get(field).is_some_and(|node| !node.is_null()))
            .count();
        if sources != 1 && claim.as_map().is_some() {
            let message = format!(
                "the resource claim `{}` has {sources} sources",
                name.escape_debug()
            );
            let help = "give one of `resourceClaimName` and `resourceClaimTemplateName`";
            report.add(&rules::RESOURCE_CLAIM, &at, message, help);
        }
    }
}
