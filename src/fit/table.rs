//! How is a placement shown? As a table of 80 columns, and as JSON.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::{Fit, Placed, PoolUse, Verdict};

/// The width that lines keep to.
const WIDTH: usize = 80;

/// A space at which lines are not broken.
const HELD: char = '\u{a0}';

/// The table: every group with its pods, pool, nodes and what a pod asks for, then the pools and how they
/// are used.
pub fn to_text(fit: &Fit, profile: &str) -> String {
    let mut text = format!("profile {profile}: {}\n", verdict(fit.verdict));
    let mut rows = vec![cells(["PODS OF", "PODS", "POOL", "NODES", "EACH ASKS FOR"])];
    for (index, group) in fit.groups.iter().enumerate() {
        let mut asks: Vec<_> = group.asks.iter().collect();
        // Devices are what nodes are chosen by.
        asks.sort_by_key(|ask| (!ask.resource.ends_with("/gpu"), !ask.resource.contains('/')));
        let asks = asks.into_iter();
        // The space does not end a line.
        let asks: Vec<_> = asks
            .map(|ask| format!("{}{HELD}{}", ask.amount, ask.resource))
            .collect();
        let asks = match asks.is_empty() {
            true => "-".to_owned(),
            false => asks.join(", "),
        };
        let parts = by_pool(fit, index);
        let placed: u64 = parts.iter().map(|(_, pods, _)| pods).sum();
        let mut name = group.name.as_str();
        for (pool, pods, nodes) in parts {
            let nodes = nodes.map_or_else(|| "?".to_owned(), |nodes| nodes.to_string());
            let pool = fit.pools.get(pool).map_or("", |pool| pool.name.as_str());
            rows.push(cells([name, &pods.to_string(), pool, &nodes, &asks]));
            name = "";
        }
        let left = group.pods().saturating_sub(placed);
        if left > 0 {
            rows.push(cells([name, &left.to_string(), "none", "-", &asks]));
        }
    }
    text.push('\n');
    table(&mut text, &rows);
    let mut text = text.replace(HELD, " ");

    let mut rows = vec![cells([
        "POOL",
        "NODES",
        "GPUS",
        "USED",
        "FREE",
        "OUT OF REACH",
    ])];
    for pool in fit.pools.iter().filter(|pool| pool.nodes != Some(0)) {
        let (nodes, gpus) = match pool.nodes {
            None => ("?".to_owned(), "?".to_owned()),
            Some(nodes) => (
                match pool.most {
                    Some(most) => format!("{nodes} of {most}"),
                    None => nodes.to_string(),
                },
                nodes.saturating_mul(pool.gpus_per_node).to_string(),
            ),
        };
        let lost = match &pool.stranded {
            Some(stranded) => format!("{}: {} runs out first", stranded.gpus, stranded.by),
            None => "-".to_owned(),
        };
        let used = pool.gpus_used.to_string();
        let free = pool.gpus_free.to_string();
        rows.push(match pool.gpus_per_node {
            0 => cells([&pool.name, &nodes, "-", "-", "-", "-"]),
            _ => cells([&pool.name, &nodes, &gpus, &used, &free, &lost]),
        });
    }
    if rows.len() > 1 {
        text.push('\n');
        table(&mut text, &rows);
    }
    let mut notes: Vec<String> = Vec::new();
    for pool in fit.pools.iter().filter(|pool| !pool.unknown.is_empty()) {
        let names: Vec<_> = pool.unknown.iter().map(String::as_str).collect();
        notes.push(format!(
            "The profile does not say how much {} a node of pool {} has.",
            names.join(", "),
            pool.name
        ));
    }
    for what in &fit.unjudged {
        notes.push(format!("Not judged: {}.", what.replace('`', "")));
    }
    if !notes.is_empty() {
        text.push('\n');
        for note in notes {
            wrap(&mut text, &note, "", "  ");
        }
    }
    text
}

/// The answer as JSON, with the complaints' codes and messages.
pub fn to_json(fit: &Fit, profile: &str) -> Json {
    let groups: Vec<Json> = (0..fit.groups.len())
        .map(|index| group(fit, index))
        .collect();
    let pools: Vec<Json> = fit.pools.iter().map(pool).collect();
    let complaints = fit.complaints.iter().map(|one| {
        json!({"rule": one.rule.code, "severity": one.severity, "message": one.message, "subject": one.subject, "help": one.help})
    });
    json!({
        "profile": profile,
        "verdict": match fit.verdict {
            Verdict::Fits => "fits",
            Verdict::DoesNotFit => "doesNotFit",
            Verdict::NotFound => "notFound",
        },
        "groups": groups,
        "pools": pools,
        "complaints": complaints.collect::<Vec<_>>(),
        "notJudged": fit.unjudged,
    })
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fits => "fits",
        Verdict::DoesNotFit => "does not fit",
        Verdict::NotFound => "no placement found",
    }
}

fn group(fit: &Fit, index: usize) -> Json {
    let group = &fit.groups[index];
    let asks: serde_json::Map<String, Json> = group
        .asks
        .iter()
        .map(|ask| (ask.resource.clone(), ask.amount.to_string().into()))
        .collect();
    let of_group = fit.placed.iter().filter(|placed| placed.group == index);
    let placed: Vec<Json> = of_group
        .map(|placed| {
            let Placed {
                group: _,
                pool,
                zone,
                pods,
                nodes,
            } = placed;
            let pool = fit.pools.get(*pool);
            let is_known = pool.is_some_and(|pool| pool.nodes.is_some());
            let name = pool.map(|pool| pool.name.as_str());
            json!({"pool": name, "zone": zone, "podsOnEach": pods, "nodes": is_known.then_some(nodes)})
        })
        .collect();
    json!({
        "name": group.name,
        "namespace": group.namespace,
        "pods": group.pods(),
        "podsTogether": group.size,
        "asks": asks,
        "placed": placed,
    })
}

fn pool(pool: &PoolUse) -> Json {
    let PoolUse {
        name,
        nodes,
        most,
        gpus_per_node,
        gpus_used,
        gpus_free,
        stranded,
        unknown,
    } = pool;
    let stranded = stranded.as_ref().map(|stranded| {
        json!({"gpus": stranded.gpus, "by": stranded.by, "nodesNeeded": stranded.nodes_needed})
    });
    json!({
        "name": name,
        "nodes": nodes,
        "maxNodes": most,
        "gpusPerNode": gpus_per_node,
        "gpusUsed": gpus_used,
        "gpusFree": gpus_free,
        "stranded": stranded,
        "notKnown": unknown,
    })
}

/// Pool, pods and nodes of a group; nodes are not known where nothing limits the pods of a node.
fn by_pool(fit: &Fit, index: usize) -> Vec<(usize, u64, Option<u64>)> {
    let mut parts: Vec<(usize, u64, Option<u64>)> = Vec::new();
    for placed in fit.placed.iter().filter(|placed| placed.group == index) {
        let pods = placed.pods.saturating_mul(placed.nodes);
        let is_known = fit
            .pools
            .get(placed.pool)
            .is_some_and(|pool| pool.nodes.is_some());
        let nodes = is_known.then_some(placed.nodes);
        match parts.iter_mut().find(|(pool, ..)| *pool == placed.pool) {
            Some((_, all, of_part)) => {
                *all = all.saturating_add(pods);
                *of_part = of_part.zip(nodes).map(|(a, b)| a.saturating_add(b));
            }
            None => parts.push((placed.pool, pods, nodes)),
        }
    }
    parts
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// Columns as wide as their longest cell, the last one wrapped; where that would be too wide, long first
/// cells stand on a line of their own.
fn table(text: &mut String, rows: &[Vec<String>]) {
    const LONGEST: usize = 30;
    const GAP: usize = 2;
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        match column {
            0 => widest.min(LONGEST),
            _ => widest,
        }
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate().take(columns.saturating_sub(1)) {
            let width = widths[column];
            let length = cell.chars().count();
            if length > width {
                let _ = writeln!(text, "{cell}");
                line.push_str(&" ".repeat(width + GAP));
                continue;
            }
            let pad = " ".repeat(width - length);
            let is_number = cell.starts_with(|c: char| c.is_ascii_digit() || c == '?' || c == '-');
            let is_head = cell.chars().all(|c| c.is_ascii_uppercase() || c == ' ');
            // Numbers, and the heads above them, stand at the right.
            let right = column > 0 && (is_number || (is_head && !matches!(cell.as_str(), "POOL")));
            match right {
                true => line.push_str(&format!("{pad}{cell}")),
                false => line.push_str(&format!("{cell}{pad}")),
            }
            line.push_str(&" ".repeat(GAP));
        }
        let indent = " ".repeat(line.chars().count());
        wrap(text, row.last().map_or("", String::as_str), &line, &indent);
    }
}

/// Words after `first`, on lines that go on after `next`.
fn wrap(text: &mut String, words: &str, first: &str, next: &str) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in words.split(' ') {
        let needed = word.chars().count() + usize::from(!is_empty);
        if !is_empty && line.chars().count() + needed > WIDTH {
            let _ = writeln!(text, "{}", line.trim_end());
            next.clone_into(&mut line);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    let _ = writeln!(text, "{}", line.trim_end());
}
