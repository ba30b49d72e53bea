//! What do the schemas of our own kinds demand that serde does not check?

use std::ops::RangeInclusive;

use super::{Constrained, is_label};
use crate::model::profile::{ClusterProfile, Metadata};
use crate::model::project::Project;
use crate::model::release::{ComponentOverride, Release, Strategy};
use crate::yaml::At;

impl Constrained for Metadata {
    fn holds(&self) -> bool {
        is_label(&self.name)
    }
}

impl Constrained for ClusterProfile {
    fn holds(&self) -> bool {
        let spec = &self.spec;
        let kubernetes = spec.kubernetes.version.as_bytes();
        let numbers: Vec<&str> = spec.dynamo.version.split('.').collect();
        let timeout = spec.entry.timeout_seconds.as_ref();
        self.metadata.holds()
            && timeout.is_none_or(|seconds| (1..=86400).contains(&seconds.value))
            && matches!(kubernetes, [b'1', b'.', tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit())
            && numbers.len() == 3
            && numbers
                .iter()
                .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
            && spec.pools.iter().all(|pool| {
                pool.gpu.as_ref().is_none_or(|gpu| *gpu.count >= 1)
                    && pool.nvlink.as_ref().is_none_or(|nvlink| nvlink.nodes >= 1)
            })
            && spec.fabric.as_ref().is_none_or(|fabric| {
                fabric.resources.iter().all(|r| r.count >= 1 && r.gpus >= 1)
                    && fabric.claims.iter().all(|claim| claim.count >= 1)
            })
    }
}

impl Constrained for Project {
    fn holds(&self) -> bool {
        self.metadata.as_ref().is_none_or(Constrained::holds)
    }
}

impl Constrained for Release {
    fn holds(&self) -> bool {
        let spec = &self.spec;
        let is_in = |value: &Option<At<u32>>, range: RangeInclusive<u32>| {
            value.as_ref().is_none_or(|value| range.contains(value))
        };
        self.metadata.holds()
            && !spec.profiles.is_empty()
            && spec.overrides.iter().all(|one| !one.profiles.is_empty())
            && spec.components.values().all(|own| own.holds())
            && spec.strategy.as_ref().is_none_or(|one| one.holds())
            && is_in(&spec.health.startup_seconds, 10..=86400)
            && spec
                .exposure
                .as_ref()
                .is_none_or(|one| is_in(&one.timeout_seconds, 1..=86400))
            && spec
                .smoke_test
                .as_ref()
                .is_none_or(|one| is_in(&one.timeout_seconds, 1..=86400))
            && spec
                .namespace
                .as_ref()
                .is_none_or(|namespace| is_label(&namespace.name))
            && spec
                .patches
                .iter()
                .all(|patch| !patch.operations.is_empty())
    }
}

impl Constrained for ComponentOverride {
    fn holds(&self) -> bool {
        let is_short = |seconds: &Option<At<u32>>| seconds.as_ref().is_none_or(|s| s.value <= 3600);
        self.scaling.as_ref().is_none_or(|scaling| {
            *scaling.min_replicas >= 1
                && *scaling.max_replicas >= 1
                && !scaling.metrics.is_empty()
                && is_short(&scaling.scale_up_seconds)
                && is_short(&scaling.scale_down_seconds)
        })
    }
}

impl Constrained for Strategy {
    fn holds(&self) -> bool {
        let colors = [&self.blue, &self.green];
        let analysis = self.analysis.as_ref();
        self.canary_weight() <= 100
            && analysis.is_none_or(|analysis| {
                *analysis.delay_seconds <= 86400
                    && (10..=3600).contains(&analysis.interval_seconds.value)
                    && (1..=1000).contains(&analysis.measurements.value)
            })
            && colors
                .into_iter()
                .flatten()
                .flat_map(|color| color.components.values())
                .all(|own| own.holds())
    }
}
