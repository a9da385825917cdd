//! The calls of the control service.

use super::Control;
use super::error::Failure;
use super::images::check_name;
use super::json;
use super::sandbox::Sandbox;
use super::sandboxes::Sandboxes;
use crate::accounts::archive::ParsedArchive;
use crate::accounts::{Accounts, Image};
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;
use warp::reply::Response;

pub type Answer = Result<Response, Failure>;

pub fn ok(body: &impl Serialize) -> Answer {
    Ok(reply::json(StatusCode::OK, body))
}

pub async fn health(control: Arc<Control>, _: Request, (): ()) -> Answer {
    let sandbox = control.sandbox()?;
    ok(&json!({ "version": env!("CARGO_PKG_VERSION"), "sandbox": sandbox.name, "epoch": sandbox.epoch() }))
}

pub async fn operations(control: Arc<Control>, _: Request, (): ()) -> Answer {
    let router = control.sandbox()?.router.load_full();
    let names = router.routes().map(|(_, _, operation)| operation);
    let operations: Vec<_> = names.filter(|name| !name.starts_with("control.")).collect();
    ok(&json!({ "operations": operations }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    #[serde(default = "seed")]
    to: String,
}

fn seed() -> String {
    "seed".into()
}

pub async fn reset(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let Reset { to } = json::body(&request).await?;
    let sandbox = control.sandbox()?;
    let image = sandbox.images().named(&to)?;
    let started = Instant::now();
    let epoch = blocking(move || sandbox.reset_to(&image)).await?;
    ok(&json!({ "epoch": epoch, "took_us": started.elapsed().as_micros() }))
}

pub async fn import(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let text = json::fixture(&request).await?;
    let sandbox = control.sandbox()?;
    let accounts = control.accounts()?;
    let now = accounts.now();
    // A large one takes a second, and several times its memory: the body is dropped only after it.
    let archive = blocking(move || Ok(ParsedArchive::parse(&text, now)?)).await?;
    let imported = accounts.import(&sandbox.start.operator, archive).await?;
    let users = imported.users.iter().map(|(username, id)| json!({ "username": username.as_str(), "id": id.0 }));
    ok(&json!({ "users": users.collect::<Vec<_>>() }))
}

pub async fn state(control: Arc<Control>, _: Request, (): ()) -> Answer {
    let sandbox = control.sandbox()?;
    ok(&control.accounts()?.export(&sandbox.start.operator).await?)
}

pub async fn snapshots(control: Arc<Control>, _: Request, (): ()) -> Answer {
    let sandbox = control.sandbox()?;
    let images = sandbox.images();
    let snapshots: Vec<_> = images.snapshots().map(|(name, size)| json!({ "name": name, "bytes": size })).collect();
    ok(&json!({ "snapshots": snapshots }))
}

pub async fn put_snapshot(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let _: Empty = control.body(&request).await?;
    let name = request.param("name").to_owned();
    check_name(&name)?;
    let sandbox = control.sandbox()?;
    let image = current_image(&control).await?;
    sandbox.images().put(&name, image)?;
    ok(&json!({ "name": name }))
}

pub async fn delete_snapshot(control: Arc<Control>, request: Request, (): ()) -> Answer {
    control.sandbox()?.images().delete(request.param("name"))?;
    Ok(reply::no_content())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSandbox {
    name: String,
    #[serde(default = "seed")]
    from: String,
}

pub async fn sandboxes(control: Arc<Control>, _: Request, (): ()) -> Answer {
    let sandbox = control.sandbox()?;
    let all: Vec<_> = of(&sandbox)?.list().into_iter().map(|(name, url)| json!({ "name": name, "url": url })).collect();
    ok(&json!({ "sandboxes": all }))
}

pub async fn create_sandbox(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let NewSandbox { name, from } = control.body(&request).await?;
    let sandbox = control.sandbox()?;
    let image = match from.as_str() {
        "current" => current_image(&control).await?,
        from => sandbox.images().named(from)?,
    };
    let url = of(&sandbox)?.create(&sandbox, &name, image).await?;
    Ok(reply::json(StatusCode::CREATED, &json!({ "name": name, "url": url })))
}

pub async fn delete_sandbox(control: Arc<Control>, request: Request, (): ()) -> Answer {
    let sandbox = control.sandbox()?;
    let name = request.param("name").to_owned();
    // To close a database takes a moment.
    blocking(move || of(&sandbox)?.delete(&name)).await?;
    Ok(reply::no_content())
}

fn of(sandbox: &Sandbox) -> Result<&Sandboxes, Failure> {
    sandbox.sandboxes.as_ref().ok_or_else(|| Failure::not_found("only the first server has sandboxes"))
}

async fn current_image(control: &Control) -> Result<Image, Failure> {
    let accounts = control.accounts()?.clone();
    // Otherwise the uses of the last minute would be lost.
    accounts.write_usage().await?;
    let failed = |error, accounts: &Accounts| match accounts.is_retired() {
        true => Failure::overtaken(),
        false => Failure::internal(error),
    };
    let image = blocking(move || accounts.image().map_err(|error| failed(error, &accounts))).await?;
    image.ok_or_else(|| Failure::internal("the accounts are not in memory"))
}

pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Failure::internal(error)))
}
