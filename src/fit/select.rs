//! Which pools may a pod stand on, and which pods does a selector mean?

use std::borrow::Cow;

use crate::model::profile::{Pool, Taint, TaintEffect};
use crate::origin::Origin;
use crate::plan::placement::tolerates;
use crate::plan::pool::{Label, label};
use crate::yaml::{At, Node};

/// The node label of zones.
pub(super) const ZONE: &str = "topology.kubernetes.io/zone";
/// The node label of single nodes.
pub(super) const HOST: &str = "kubernetes.io/hostname";

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

/// Why a pod cannot stand on a pool.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    /// In words.
    pub(super) reason: String,
    /// Where the pod says so.
    pub(super) origin: Origin,
    /// The resource of which a pod asks for more than a node of this kind has.
    pub(super) short_of: Option<String>,
}

/// A condition on a node's label.
struct Condition<'a> {
    key: &'a str,
    operator: &'a str,
    values: Vec<&'a str>,
    origin: Origin,
}

impl<'a> Condition<'a> {
    fn of(expression: &'a Node) -> Option<Self> {
        let values = expression.get("values").and_then(Node::as_list);
        Some(Self {
            key: expression.get("key")?.as_str()?,
            operator: expression.get("operator")?.as_str()?,
            values: values
                .unwrap_or_default()
                .iter()
                .filter_map(Node::as_str)
                .collect(),
            origin: expression
                .get("values")
                .map_or(expression.origin, |values| values.origin),
        })
    }

    /// Whether a label with this value meets it.
    fn takes(&self, value: &Label<'_>) -> bool {
        let number = |text: &str| text.parse::<i64>().ok();
        let compare = |wanted: std::cmp::Ordering| match value {
            Label::Value(value) => {
                let limit = self.values.first().and_then(|limit| number(limit));
                number(value)
                    .zip(limit)
                    .is_some_and(|(value, limit)| value.cmp(&limit) == wanted)
            }
            Label::Product(_) | Label::Absent => false,
        };
        let is_there = !matches!(value, Label::Absent);
        match self.operator {
            "In" => self.values.iter().any(|wanted| value.is(wanted)),
            "NotIn" => !self.values.iter().any(|wanted| value.is(wanted)),
            "Exists" => is_there,
            "DoesNotExist" => !is_there,
            "Gt" => compare(std::cmp::Ordering::Greater),
            "Lt" => compare(std::cmp::Ordering::Less),
            _ => true,
        }
    }

    /// Why no node of the pool meets it, as far as the profile knows the label; `zones` keeps those that do.
    fn refusal(&self, pool: &Pool, zones: &mut Vec<usize>) -> Option<Refusal> {
        let known;
        let is_met = if self.key == ZONE && !pool.zones.is_empty() {
            zones.retain(|zone| {
                let name = pool.zones.get(*zone).map_or("", |zone| zone.as_str());
                self.takes(&Label::Value(name))
            });
            let names: Vec<&str> = pool.zones.iter().map(|zone| zone.as_str()).collect();
            known = names.join(", ");
            !zones.is_empty()
        } else {
            let value = label(pool, self.key)?;
            known = value.to_string();
            self.takes(&value)
        };
        if is_met {
            return None;
        }
        let wanted = match (self.operator, self.values.as_slice()) {
            ("In", [value]) => format!("`{}: {value}`", self.key),
            (operator @ ("Exists" | "DoesNotExist"), _) => format!("`{}` {operator}", self.key),
            (operator, values) => format!("`{}` {operator} {}", self.key, values.join(", ")),
        };
        Some(Refusal {
            reason: format!("the pods select {wanted}, the nodes have {known}"),
            origin: self.origin,
            short_of: None,
        })
    }
}

/// What a pod's spec says about nodes, read once for all pools.
pub(super) struct NodeChoice<'a> {
    selector: Vec<Condition<'a>>,
    /// Terms of the required affinity, of which one has to be met; none for no affinity.
    terms: Option<Vec<Vec<Condition<'a>>>>,
    tolerations: &'a [Node],
}

impl<'a> NodeChoice<'a> {
    pub(super) fn of(spec: &'a Node) -> Self {
        let selector = spec.get("nodeSelector").and_then(Node::as_map);
        let selector = selector.into_iter().flatten().filter_map(|entry| {
            Some(Condition {
                key: &entry.key,
                operator: "In",
                values: vec![entry.value.as_str()?],
                origin: entry.value.origin,
            })
        });
        let terms = spec
            .at(&["affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms"])
            .and_then(Node::as_list);
        let conditions = |term: &'a Node| {
            let expressions = term.get("matchExpressions").and_then(Node::as_list);
            let expressions = expressions.unwrap_or_default().iter();
            expressions.filter_map(Condition::of).collect()
        };
        Self {
            selector: selector.collect(),
            terms: terms.map(|terms| terms.iter().map(conditions).collect()),
            tolerations: spec
                .get("tolerations")
                .and_then(Node::as_list)
                .unwrap_or_default(),
        }
    }

    /// The zones of a pool that its labels and the pod's selectors leave, as indices; none are left for a
    /// pool whose zones are not known either.
    pub(super) fn zones(&self, pool: &Pool) -> Result<Vec<usize>, Refusal> {
        let mut zones: Vec<usize> = (0..pool.zones.len()).collect();
        for condition in &self.selector {
            if let Some(refusal) = condition.refusal(pool, &mut zones) {
                return Err(refusal);
            }
        }
        let Some(terms) = &self.terms else {
            return Ok(zones);
        };
        let mut first = None;
        let mut reached: Vec<usize> = Vec::new();
        let mut is_met = false;
        for term in terms {
            let mut left = zones.clone();
            match term.iter().find_map(|one| one.refusal(pool, &mut left)) {
                None => {
                    is_met = true;
                    reached.extend(left);
                }
                Some(refusal) => first = first.or(Some(refusal)),
            }
        }
        match first {
            Some(refusal) if !is_met => Err(refusal),
            _ => {
                zones.retain(|zone| reached.contains(zone));
                Ok(zones)
            }
        }
    }

    /// The first taint that keeps the pod away. Where the API server adds tolerations for the devices that a
    /// pod asks for, those count too.
    pub(super) fn taint<'p>(
        &self,
        pool: &'p Pool,
        is_asked_for: impl Fn(&str) -> bool,
    ) -> Option<&'p At<Taint>> {
        pool.taints.iter().find(|taint| {
            taint.effect != TaintEffect::PreferNoSchedule
                && !(taint.effect == TaintEffect::NoSchedule && is_asked_for(&taint.key))
                && !self.tolerations.iter().any(|one| tolerates(one, taint))
        })
    }
}

/// A required term of pod affinity or anti-affinity.
pub(super) struct PodTerm<'a> {
    pub(super) key: &'a str,
    pub(super) selector: Option<&'a Node>,
    /// Whether it looks into other namespaces too.
    pub(super) is_wide: bool,
    pub(super) origin: Origin,
}

/// The required terms of `podAffinity` or `podAntiAffinity`.
pub(super) fn pod_terms<'a>(spec: &'a Node, sort: &str) -> Vec<PodTerm<'a>> {
    let terms = spec
        .at(&["affinity", sort, REQUIRED])
        .and_then(Node::as_list);
    let terms = terms.unwrap_or_default().iter();
    terms
        .filter_map(|term| {
            Some(PodTerm {
                key: term.get("topologyKey")?.as_str()?,
                selector: term.get("labelSelector"),
                is_wide: term.get("namespaces").is_some()
                    || term.get("namespaceSelector").is_some(),
                origin: term.origin,
            })
        })
        .collect()
}

/// A constraint on spreading that keeps pods pending.
pub(super) struct Spread<'a> {
    pub(super) key: &'a str,
    pub(super) skew: u64,
    pub(super) least_domains: u64,
    pub(super) selector: Option<&'a Node>,
    pub(super) origin: Origin,
}

/// The constraints with `whenUnsatisfiable: DoNotSchedule`, which is the default.
pub(super) fn spreads(spec: &Node) -> Vec<Spread<'_>> {
    let list = spec
        .get("topologySpreadConstraints")
        .and_then(Node::as_list);
    let list = list.unwrap_or_default().iter();
    list.filter_map(|one| {
        let number = |key: &str| one.get(key)?.as_int()?.try_into().ok();
        let is_hard = one.get("whenUnsatisfiable").and_then(Node::as_str) != Some("ScheduleAnyway");
        is_hard.then_some(())?;
        Some(Spread {
            key: one.get("topologyKey")?.as_str()?,
            skew: number("maxSkew").unwrap_or(1).max(1),
            least_domains: number("minDomains").unwrap_or(1),
            selector: one.get("labelSelector"),
            origin: one.origin,
        })
    })
    .collect()
}

/// Whether a label selector means pods with these labels. One that is not there means none, an empty one
/// all.
pub(super) fn matches(selector: Option<&Node>, labels: &[(&str, Cow<'_, str>)]) -> bool {
    let Some(selector) = selector else {
        return false;
    };
    let label = |key: &str| {
        let found = labels.iter().find(|(name, _)| *name == key);
        found.map(|(_, value)| value.as_ref())
    };
    let wanted = selector.get("matchLabels").and_then(Node::as_map);
    let equal = wanted.into_iter().flatten().all(|entry| {
        let wanted = entry.value.as_str();
        wanted.is_some() && label(&entry.key) == wanted
    });
    let expressions = selector.get("matchExpressions").and_then(Node::as_list);
    equal
        && expressions
            .unwrap_or_default()
            .iter()
            .filter_map(Condition::of)
            .all(|condition| {
                condition.takes(&label(condition.key).map_or(Label::Absent, Label::Value))
            })
}
