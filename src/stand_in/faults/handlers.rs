//! The calls that create, show and delete faults.

use super::super::Control;
use super::super::error::Failure;
use super::super::handlers::{Answer, ok};
use super::{Fault, Rule};
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde_json::json;
use std::sync::Arc;

pub async fn list(control: Arc<Control>, _: Request, (): ()) -> Answer {
    ok(&json!({ "faults": control.requests.faults.all() }))
}

pub async fn create(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let rule: Rule = control.body(&request).await?;
    let rule = rule.check(&control.sandbox()?.router.load())?;
    Ok(reply::json(StatusCode::CREATED, &control.requests.faults.add(rule)?))
}

pub async fn get(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let (faults, id) = (control.requests.faults.all(), request.param("id"));
    ok(faults.iter().find(|fault| is_named(fault, id)).ok_or_else(|| missing(id))?)
}

pub async fn delete(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let id = request.param("id");
    match control.requests.faults.remove(|fault| is_named(fault, id)) {
        0 => Err(missing(id)),
        _ => Ok(reply::no_content()),
    }
}

pub async fn clear(control: Arc<Control>, _: Request, (): ()) -> Answer {
    control.requests.faults.remove(|_| true);
    Ok(reply::no_content())
}

fn is_named(fault: &Fault, id: &str) -> bool {
    fault.id.to_string() == id
}

fn missing(id: &str) -> Failure {
    Failure::not_found(format!("there is no fault {id:?}"))
}
