//! The program: argv, logs, one command.

use accountd::cli::{self, Cli, LogFormat};
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

fn main() -> ExitCode {
    let cli = cli::parse();
    let _flushed_at_the_end = match start_logs(&cli) {
        Ok(guard) => guard,
        Err(error) => {
            eprintln!("accountd: --log: {error}");
            return ExitCode::from(2);
        }
    };
    match cli::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("accountd: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Everything goes to stderr. A server writes from a thread of its own: a reader that stalls must not stall a request.
/// A command has nothing to stall, and that thread with its queue of megabytes takes longer than a look-up.
fn start_logs(cli: &Cli) -> Result<Option<WorkerGuard>, tracing_subscriber::filter::ParseError> {
    let default = if cli.serves() { "info" } else { "error" };
    let filter = EnvFilter::try_new(cli.common.log.as_deref().unwrap_or(default))?;
    let (writer, guard) = if cli.serves() {
        let (writer, guard) = NonBlockingBuilder::default().lossy(true).finish(std::io::stderr());
        (BoxMakeWriter::new(writer), Some(guard))
    } else {
        (BoxMakeWriter::new(std::io::stderr), None)
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(false);
    let terminal = std::io::stderr().is_terminal();
    match cli.common.log_format {
        LogFormat::Json => logs.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
        LogFormat::Auto if !terminal => {
            logs.json().flatten_event(true).with_current_span(false).with_span_list(false).init()
        }
        LogFormat::Auto | LogFormat::Human => logs.with_ansi(terminal).init(),
    }
    Ok(guard)
}
