//! `accountd stand-in`: `serve --memory --control` on a free port of this machine.

use super::demo::{DEMO, defaults, examples};
use super::outcome::Outcome;
use super::{serve, server};
use crate::app::{Config, ControlledArgs, ProcessArgs, Seed, address};
use crate::store::Location;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  accountd stand-in
  accountd stand-in tests/accounts.json --ready json --exit-with-stdin
  accountd stand-in --clock 2030-01-01T12:00:00Z,frozen
  curl -X POST http://127.0.0.1:43211/_accountd/reset")]
pub struct StandInArgs {
    /// Fixture files to load [default: the accounts of `accountd demo`]
    seeds: Vec<PathBuf>,
    /// The address of this machine to listen on; with port 0, any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = loopback)]
    listen: SocketAddr,
    #[command(flatten)]
    controlled: ControlledArgs,
    #[command(flatten)]
    process: ProcessArgs,
}

pub fn run(args: StandInArgs) -> Outcome {
    let StandInArgs { seeds, listen, controlled, process } = args;
    let mut config = defaults(&["--memory", "--control"])?;
    config.stand_in.controlled = controlled;
    let (seeds, examples) = match seeds.is_empty() {
        true => (vec![Seed { path: "demo.json".into(), text: DEMO.as_bytes().into() }], Some(examples()?.into())),
        false => (seeds.into_iter().map(serve::read_seed).collect::<Result<_, _>>()?, None),
    };
    let config = Config { listen, process, examples, ..config };
    server::run(config, Location::Memory, seeds, |application| serve::announce(application, process.ready))
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address = address(text)?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err("must be on loopback; `accountd serve --memory --control` can use a token instead".into()),
    }
}
