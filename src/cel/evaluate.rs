//! What is the value of an expression?

use std::borrow::Cow;
use std::rc::Rc;

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators as op,
};

use super::functions;
use super::parse::Expression;
use super::value::Value;
use crate::yaml;

/// How many steps may be taken: for one expression, and for all of an object. The API server bounds both
/// in the same proportion (kubernetes/kubernetes staging/src/k8s.io/apiserver/pkg/apis/cel/config.go).
const STEPS: u64 = 1_000_000;
const STEPS_OF_ALL: u64 = 10_000_000;

/// The steps that are left for an object's expressions.
#[derive(Debug)]
pub struct Fuel(u64);

impl Default for Fuel {
    fn default() -> Self {
        Self(STEPS_OF_ALL)
    }
}

/// What an expression says of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is true.
    Holds,
    /// It is false.
    Fails,
    /// It ends in an error, which the API server takes for false.
    Error(String),
    /// It cannot be decided here.
    NotEvaluated(String),
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// It has an error, which `||` and `&&` may absorb.
    Error(String),
    /// The steps are used up.
    Spent,
    /// It uses something that is not known here.
    Unknown(String),
}

pub(super) type Result<'a> = std::result::Result<Value<'a>, Fault>;

pub(super) fn error<T>(message: impl Into<String>) -> std::result::Result<T, Fault> {
    Err(Fault::Error(message.into()))
}

/// One evaluation.
pub(super) struct Run<'a> {
    pub(super) expression: &'a Expression,
    left: u64,
    variables: Vec<(&'a str, Value<'a>)>,
}

impl Expression {
    /// Whether the expression is true of a value, and of what it was before.
    pub fn test<'a>(
        &'a self,
        value: Value<'a>,
        before: Option<Value<'a>>,
        fuel: &mut Fuel,
    ) -> Outcome {
        match self.run(value, before, fuel) {
            Ok(Value::Bool(true)) => Outcome::Holds,
            Ok(Value::Bool(false)) => Outcome::Fails,
            Ok(other) => {
                Outcome::NotEvaluated(format!("its value is of type {}", other.type_name()))
            }
            Err(Fault::Error(why)) => Outcome::Error(why),
            Err(Fault::Spent) => Outcome::NotEvaluated("it takes too many steps".into()),
            Err(Fault::Unknown(what)) => Outcome::NotEvaluated(what),
        }
    }

    /// The text that the expression makes of a value.
    pub fn text<'a>(
        &'a self,
        value: Value<'a>,
        before: Option<Value<'a>>,
        fuel: &mut Fuel,
    ) -> Option<String> {
        match self.run(value, before, fuel) {
            Ok(Value::String(text)) => Some(text.into_owned()),
            _ => None,
        }
    }

    fn run<'a>(
        &'a self,
        value: Value<'a>,
        before: Option<Value<'a>>,
        fuel: &mut Fuel,
    ) -> Result<'a> {
        let start = STEPS.min(fuel.0);
        let mut run = Run {
            expression: self,
            left: start,
            variables: vec![("self", value)],
        };
        run.variables
            .extend(before.map(|before| ("oldSelf", before)));
        let result = run.value(&self.root);
        fuel.0 -= start - run.left;
        result
    }
}

impl<'a> Run<'a> {
    /// Takes steps from the budget.
    pub(super) fn spend(&mut self, steps: u64) -> std::result::Result<(), Fault> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(Fault::Spent)
            }
        }
    }

    pub(super) fn value(&mut self, expression: &'a IdedExpr) -> Result<'a> {
        self.spend(1)?;
        match &expression.expr {
            Expr::Literal(literal) => Ok(self::literal(literal)),
            Expr::Ident(name) => self.variable(name.trim_start_matches('.')),
            Expr::Select(select) => {
                let of = self.value(&select.operand)?;
                if select.test {
                    return Ok(Value::Bool(has(&of, &select.field)?));
                }
                field(&of, &select.field)
            }
            Expr::Call(call) => self.call(call),
            Expr::List(list) => {
                let mut items = Vec::with_capacity(list.elements.len());
                for (index, element) in list.elements.iter().enumerate() {
                    let item = self.value(element)?;
                    match item {
                        Value::Optional(item) if list.optional_indices.contains(&index) => {
                            items.extend(item.map(|item| item.as_ref().clone()));
                        }
                        item => items.push(item),
                    }
                }
                Ok(Value::list(items))
            }
            Expr::Map(map) => {
                let mut entries: Vec<(Value<'a>, Value<'a>)> =
                    Vec::with_capacity(map.entries.len());
                for entry in &map.entries {
                    let EntryExpr::MapEntry(entry) = &entry.expr else {
                        return Err(Fault::Unknown("messages cannot be made".into()));
                    };
                    let key = self.value(&entry.key)?;
                    let value = match self.value(&entry.value)? {
                        Value::Optional(value) if entry.optional => match value {
                            Some(value) => value.as_ref().clone(),
                            None => continue,
                        },
                        value => value,
                    };
                    self.spend(entries.len() as u64)?;
                    if entries.iter().any(|(other, _)| other.equals(&key)) {
                        return error("a key is repeated");
                    }
                    entries.push((key, value));
                }
                Ok(Value::Map(Rc::new(entries)))
            }
            Expr::Comprehension(loops) => self.comprehension(loops),
            Expr::Struct(_) | Expr::Unspecified => {
                Err(Fault::Unknown("messages cannot be made".into()))
            }
        }
    }

    fn variable(&self, name: &str) -> Result<'a> {
        if let Some((_, value)) = self
            .variables
            .iter()
            .rev()
            .find(|(known, _)| *known == name)
        {
            return Ok(value.clone());
        }
        match functions::type_name(name) {
            Some(name) => Ok(Value::Type(name)),
            None => error(format!("`{name}` is not known")),
        }
    }

    fn comprehension(&mut self, loops: &'a ComprehensionExpr) -> Result<'a> {
        let range = self.value(&loops.iter_range)?;
        // For each pass: the one or two variables' values.
        let passes: Vec<(Value<'a>, Option<Value<'a>>)> =
            match (&loops.iter_var2, range.items(), range.entries()) {
                (None, Some(items), _) => items.into_iter().map(|item| (item, None)).collect(),
                (None, None, Some(entries)) => {
                    entries.into_iter().map(|(key, _)| (key, None)).collect()
                }
                (Some(_), Some(items), _) => (0..)
                    .map(Value::Int)
                    .zip(items)
                    .map(|(index, item)| (index, Some(item)))
                    .collect(),
                (Some(_), None, Some(entries)) => entries
                    .into_iter()
                    .map(|(key, value)| (key, Some(value)))
                    .collect(),
                (_, None, None) => {
                    return error(format!(
                        "{} has no entries to go through",
                        range.type_name()
                    ));
                }
            };
        self.spend(passes.len() as u64)?;
        let mut result = self.value(&loops.accu_init);
        let outer = self.variables.len();
        // The result so far is an error while an entry that decides may still come.
        let mut fault = None;
        for (first, second) in passes {
            self.variables.truncate(outer);
            self.variables.push((&loops.iter_var, first));
            if let (Some(name), Some(value)) = (&loops.iter_var2, second) {
                self.variables.push((name, value));
            }
            match result {
                Ok(value) => self.variables.push((&loops.accu_var, value)),
                Err(Fault::Error(why)) if is_absorbing(loops) => {
                    let neutral = matches!(&loops.accu_init.expr, Expr::Literal(LiteralValue::Boolean(b)) if **b);
                    fault = Some(why);
                    self.variables.push((&loops.accu_var, Value::Bool(neutral)));
                }
                Err(other) => {
                    self.variables.truncate(outer);
                    return Err(other);
                }
            }
            match self.value(&loops.loop_cond) {
                Ok(Value::Bool(false)) => {
                    let decided = self.variables.pop().map_or(Value::Null, |(_, value)| value);
                    self.variables.truncate(outer);
                    self.variables.push((&loops.accu_var, decided));
                    let result = self.value(&loops.result);
                    self.variables.truncate(outer);
                    return result;
                }
                Ok(_) | Err(Fault::Error(_)) => {}
                Err(fault) => {
                    self.variables.truncate(outer);
                    return Err(fault);
                }
            }
            result = self.value(&loops.loop_step);
        }
        self.variables.truncate(outer);
        let value = result?;
        let is_decided = matches!(
            (&value, &loops.accu_init.expr),
            (Value::Bool(now), Expr::Literal(LiteralValue::Boolean(at_start))) if *now != **at_start
        );
        if let Some(why) = fault.filter(|_| is_absorbing(loops) && !is_decided) {
            return Err(Fault::Error(why));
        }
        self.variables.push((&loops.accu_var, value));
        let result = self.value(&loops.result);
        self.variables.truncate(outer);
        result
    }

    fn call(&mut self, call: &'a CallExpr) -> Result<'a> {
        let name = call.func_name.as_str();
        let arguments = &call.args;
        match (name, arguments.as_slice()) {
            (op::LOGICAL_AND, [a, b]) => return self.decide(a, b, false),
            (op::LOGICAL_OR, [a, b]) => return self.decide(a, b, true),
            (op::CONDITIONAL, [condition, then, otherwise]) => {
                return match self.value(condition)? {
                    Value::Bool(true) => self.value(then),
                    Value::Bool(false) => self.value(otherwise),
                    other => no_overload("?:", &[other]),
                };
            }
            (op::NOT_STRICTLY_FALSE, [a]) => {
                return match self.value(a) {
                    Ok(Value::Bool(b)) => Ok(Value::Bool(b)),
                    Ok(_) | Err(Fault::Error(_)) => Ok(Value::Bool(true)),
                    Err(fault) => Err(fault),
                };
            }
            (op::OPT_SELECT, [of, name]) => {
                let of = self.value(of)?;
                let name = self.value(name)?;
                return optional_field(&of, &name);
            }
            (op::OPT_INDEX, [of, key]) => {
                let of = self.value(of)?;
                let key = self.value(key)?;
                return optional_field(&of, &key);
            }
            _ => {}
        }
        let of = call.target.as_deref();
        let is_variable = |name: &str| self.variables.iter().any(|(known, _)| *known == name);
        if let Some(space) = of.and_then(|target| functions::namespace(target, &is_variable)) {
            let arguments = self.values(arguments)?;
            return functions::in_namespace(self, space, name, &arguments);
        }
        if let Some(target) = of {
            // The alternative is looked at only if it is needed.
            if let ("or" | "orValue", [alternative]) = (name, arguments.as_slice()) {
                return match self.value(target)? {
                    Value::Optional(Some(value)) if name == "orValue" => Ok(value.as_ref().clone()),
                    Value::Optional(Some(value)) => Ok(Value::Optional(Some(value))),
                    Value::Optional(None) => self.value(alternative),
                    other => no_overload(name, &[other]),
                };
            }
            let target = self.value(target)?;
            let arguments = self.values(arguments)?;
            self.weigh(&target, &arguments)?;
            return functions::member(self, name, target, &arguments);
        }
        let mut arguments = self.values(arguments)?;
        if let (op::ADD, [_, _]) = (name, arguments.as_slice())
            && let (Some(right), Some(left)) = (arguments.pop(), arguments.pop())
        {
            return self.sum(left, right);
        }
        if let Some((first, rest)) = arguments.split_first() {
            self.weigh(first, rest)?;
        }
        functions::global(self, name, &arguments)
    }

    /// Functions look at all of what they are given.
    fn weigh(&mut self, first: &Value<'a>, rest: &[Value<'a>]) -> std::result::Result<(), Fault> {
        let is_small =
            |value: &Value<'_>| matches!(value, Value::Int(_) | Value::Bool(_) | Value::Double(_));
        for value in std::iter::once(first)
            .chain(rest)
            .filter(|value| !is_small(value))
        {
            self.spend(value.weight())?;
        }
        Ok(())
    }

    fn values(
        &mut self,
        expressions: &'a [IdedExpr],
    ) -> std::result::Result<Vec<Value<'a>>, Fault> {
        expressions
            .iter()
            .map(|expression| self.value(expression))
            .collect()
    }

    /// `&&` and `||`: one side that decides is enough, whatever is wrong with the other.
    fn decide(&mut self, a: &'a IdedExpr, b: &'a IdedExpr, deciding: bool) -> Result<'a> {
        let left = match self.value(a) {
            Ok(Value::Bool(left)) if left == deciding => return Ok(Value::Bool(deciding)),
            Err(fault @ (Fault::Spent | Fault::Unknown(_))) => return Err(fault),
            left => left,
        };
        match self.value(b) {
            Ok(Value::Bool(right)) if right == deciding => Ok(Value::Bool(deciding)),
            Err(fault @ (Fault::Spent | Fault::Unknown(_))) => Err(fault),
            right => match (left?, right?) {
                (Value::Bool(_), right @ Value::Bool(_)) => Ok(right),
                (left, right) => no_overload(if deciding { "||" } else { "&&" }, &[left, right]),
            },
        }
    }

    fn sum(&mut self, left: Value<'a>, right: Value<'a>) -> Result<'a> {
        match (left, right) {
            (Value::String(a), Value::String(b)) => {
                self.spend((a.len() + b.len()) as u64 / 10)?;
                Ok(Value::text(a.into_owned() + &b))
            }
            (Value::List(mut a), Value::List(b)) => {
                self.spend((a.len() + b.len()) as u64)?;
                Rc::make_mut(&mut a).extend(b.iter().cloned());
                Ok(Value::List(a))
            }
            (a, b) => match (a.items(), b.items()) {
                (Some(mut a), Some(b)) => {
                    self.spend((a.len() + b.len()) as u64)?;
                    a.extend(b);
                    Ok(Value::list(a))
                }
                _ => functions::arithmetic(op::ADD, &a, &b),
            },
        }
    }
}

/// Whether an entry that decides makes up for errors of others: `all` and `exists`.
fn is_absorbing(loops: &ComprehensionExpr) -> bool {
    matches!(
        &loops.loop_step.expr,
        Expr::Call(call) if matches!(call.func_name.as_str(), op::LOGICAL_AND | op::LOGICAL_OR)
    )
}

fn literal(literal: &LiteralValue) -> Value<'_> {
    match literal {
        LiteralValue::Boolean(b) => Value::Bool(**b),
        LiteralValue::Bytes(bytes) => Value::Bytes(bytes.inner().into()),
        LiteralValue::Double(number) => Value::Double(**number),
        LiteralValue::Int(number) => Value::Int(**number),
        LiteralValue::Null => Value::Null,
        LiteralValue::String(text) => Value::String(Cow::Borrowed(text.inner())),
        LiteralValue::UInt(number) => Value::Uint(**number),
    }
}

/// The error of a function that does not take such values.
pub(super) fn no_overload<'a>(name: &str, values: &[Value<'_>]) -> Result<'a> {
    let types: Vec<_> = values.iter().map(Value::type_name).collect();
    error(format!("`{name}` cannot be used with {}", types.join(", ")))
}

/// Whether a mapping has a field.
fn has(of: &Value<'_>, name: &str) -> std::result::Result<bool, Fault> {
    match of {
        Value::View(view) if view.node.as_map().is_some() => Ok(view.member(name).is_some()),
        Value::Map(_) => Ok(lookup(of, &Value::String(Cow::Borrowed(name))).is_some()),
        Value::Optional(Some(inner)) => has(inner, name),
        Value::Optional(None) => Ok(false),
        other => error(format!("{} has no fields", other.type_name())),
    }
}

/// A field of a mapping, by its name as expressions spell it.
fn field<'a>(of: &Value<'a>, name: &str) -> Result<'a> {
    let missing = || error(format!("no such key: {name}"));
    match of {
        Value::View(view) if view.node.as_map().is_some() => {
            view.member(name).map_or_else(missing, |it| Ok(it.value()))
        }
        Value::Map(_) => lookup(of, &Value::String(Cow::Borrowed(name))).map_or_else(missing, Ok),
        // What is selected from an optional value is optional.
        Value::Optional(_) => optional_field(of, &Value::text(name)),
        other => error(format!("{} has no fields", other.type_name())),
    }
}

fn optional_field<'a>(of: &Value<'a>, key: &Value<'_>) -> Result<'a> {
    let found = match of {
        Value::Optional(Some(inner)) => return optional_field(inner, key),
        Value::Optional(None) => None,
        Value::View(view) if view.node.as_map().is_some() => key
            .as_str()
            .and_then(|name| view.member(name))
            .map(|it| it.value()),
        of => lookup(of, key),
    };
    Ok(Value::Optional(found.map(Rc::new)))
}

/// The entry of a mapping under a key, or of a list at an index.
pub(super) fn lookup<'a>(of: &Value<'a>, key: &Value<'_>) -> Option<Value<'a>> {
    let index = || {
        let index = match key {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a double without a fraction is an index"
            )]
            Value::Double(number) if number.fract() == 0.0 => *number as i64,
            Value::Uint(number) => i64::try_from(*number).ok()?,
            other => other.as_int()?,
        };
        usize::try_from(index).ok()
    };
    match of {
        Value::View(view) => match &view.node.value {
            yaml::Value::Map(_) => Some(view.field(key.as_str()?)?.value()),
            _ => Some(view.item(index()?)?.value()),
        },
        Value::List(items) => items.get(index()?).cloned(),
        Value::Map(entries) => entries
            .iter()
            .find(|(other, _)| other.equals(key))
            .map(|(_, value)| value.clone()),
        _ => None,
    }
}
