//! The program: parses the arguments, starts the logs, and runs one command.

use accountd::cli::{self, Cli, LogFormat};
use accountd::http::access_log;
use accountd::logs::{self, Flush};
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

fn main() -> ExitCode {
    let cli = cli::parse();
    let flush = match start_logs(&cli) {
        Ok(flush) => flush,
        Err(error) => {
            eprintln!("accountd: {error}");
            return ExitCode::from(2);
        }
    };
    let outcome = cli::run(cli);
    // Writes the rest of the log before the reason for the exit.
    drop(flush);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("accountd: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Logs go to stderr. A server buffers its lines and writes them on a thread of their own. Other commands log only with
/// `--log`, and write directly: starting a thread takes longer than a look-up.
fn start_logs(cli: &Cli) -> Result<Option<Flush>, String> {
    if !cli.serves() && cli.common.log.is_none() {
        cli::capture_cause();
        return Ok(None);
    }
    let filter = EnvFilter::try_new(cli.common.log.as_deref().unwrap_or("info"));
    let filter = filter.map_err(|error| format!("--log: {error}"))?;
    let terminal = std::io::stderr().is_terminal();
    let json = match cli.common.log_format {
        LogFormat::Json => true,
        LogFormat::Auto => !terminal,
        LogFormat::Human => false,
    };
    let (writer, flush) = if cli.serves() {
        let lost = |lost| tracing::warn!(lost, "lines of the log were lost: its reader does not keep up");
        let (writer, flush) = logs::start(std::io::stderr(), lost).map_err(|error| format!("logs: {error}"))?;
        if json {
            access_log::write_json(writer.clone());
        }
        (BoxMakeWriter::new(move || writer.clone()), Some(flush))
    } else {
        (BoxMakeWriter::new(std::io::stderr), None)
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(false);
    if json {
        logs.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    } else {
        logs.with_ansi(terminal).init();
    }
    Ok(flush)
}
