//! Log lines on their way to stderr. They are gathered in memory and written by a thread of their own: a reader that
//! stalls must not stall a request, and a write for each line would cost as much as an answer does.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long lines are gathered before they are written together.
const GATHERED: Duration = Duration::from_millis(10);
/// Bytes that may wait, and one line more, for a reader who does not keep up. What comes on top of them is lost, and counted.
const WAITING: usize = 4 << 20;
/// Bytes of memory that are kept for the next lines.
const KEPT: usize = 256 << 10;
/// How long the end of the process waits for such a reader.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where lines are left.
#[derive(Clone)]
pub struct Lines(Arc<Shared>);

/// Writes what is left when it is dropped.
pub struct Flush(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    lost: u64,
    stopping: bool,
    stopped: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the thread that writes.
///
/// # Errors
/// The operating system has no thread to give.
pub fn start(to: impl Write + Send + 'static) -> io::Result<(Lines, Flush)> {
    let shared = Arc::<Shared>::default();
    let lines = Lines(Arc::clone(&shared));
    thread::Builder::new().name("log".into()).spawn(move || write_all(&lines.0, to))?;
    Ok((Lines(Arc::clone(&shared)), Flush(shared)))
}

impl Lines {
    /// Leaves a line, its line break included.
    pub fn push(&self, line: &[u8]) {
        self.push_with(|waiting| waiting.extend_from_slice(line));
    }

    /// Leaves a line that `write` appends, and others wait meanwhile: to write a short one elsewhere and copy it would take
    /// longer.
    pub fn push_with(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.0.lock();
        if state.waiting.len() >= WAITING {
            state.lost += 1;
            return;
        }
        let first = state.waiting.is_empty();
        write(&mut state.waiting);
        drop(state);
        if first {
            self.0.changed.notify_all();
        }
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.stopping = true;
        self.0.changed.notify_all();
        drop(self.0.changed.wait_timeout_while(state, PATIENCE, |state| !state.stopped));
    }
}

fn write_all(shared: &Shared, mut to: impl Write) {
    let mut lines = Vec::new();
    loop {
        let state = shared.changed.wait_while(shared.lock(), |state| state.waiting.is_empty() && !state.stopping);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let gathered = shared.changed.wait_timeout_while(state, GATHERED, |state| !state.stopping);
        let (mut state, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut lines, &mut state.waiting);
        let (lost, stopping) = (std::mem::take(&mut state.lost), state.stopping);
        drop(state);
        // Whoever closed stderr wants no log.
        let _ = to.write_all(&lines).and_then(|()| to.flush());
        lines.clear();
        lines.shrink_to(KEPT);
        if lost > 0 {
            tracing::warn!(lost, "lines of the log were lost: its reader does not keep up");
        } else if stopping {
            shared.lock().stopped = true;
            shared.changed.notify_all();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// A reader that takes what it is sent when it is told to.
    struct Reader {
        ready: mpsc::Receiver<()>,
        read: mpsc::Sender<Vec<u8>>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.ready.recv().map_err(io::Error::other)?;
            self.read.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn reader() -> (Reader, mpsc::Sender<()>, mpsc::Receiver<Vec<u8>>) {
        let ((go, ready), (read, lines)) = (mpsc::channel(), mpsc::channel());
        (Reader { ready, read }, go, lines)
    }

    #[test]
    fn lines_come_whole_in_their_order_and_without_being_asked_for() {
        let (reader, go, read) = reader();
        let (lines, flush) = start(reader).unwrap();
        (0..1000).for_each(|_| go.send(()).unwrap());
        let expected: Vec<u8> = (0..1000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        for line in expected.split_inclusive(|byte| *byte == b'\n') {
            lines.push(line);
        }
        let mut seen = Vec::new();
        while seen.len() < expected.len() {
            seen.extend(read.recv_timeout(Duration::from_secs(10)).unwrap());
        }
        assert_eq!(seen, expected);
        drop(flush);
    }

    #[test]
    fn the_end_writes_what_is_left() {
        let (reader, go, read) = reader();
        let (lines, flush) = start(reader).unwrap();
        go.send(()).unwrap();
        go.send(()).unwrap();
        lines.push(b"the last\n");
        drop(flush);
        assert_eq!(read.try_iter().flatten().collect::<Vec<_>>(), b"the last\n");
    }

    #[test]
    fn a_reader_that_stalls_costs_lines_and_no_memory() {
        let (reader, go, read) = reader();
        let (lines, flush) = start(reader).unwrap();
        for _ in 0..3 * WAITING / 1024 {
            lines.push(&[b'x'; 1024]);
        }
        let state = lines.0.lock();
        assert!(state.lost > 0 && state.waiting.len() <= WAITING && state.waiting.capacity() <= 2 * WAITING);
        drop(state);
        (0..10).for_each(|_| go.send(()).unwrap());
        drop(flush);
        let written: usize = read.try_iter().map(|lines| lines.len()).sum();
        assert!(written >= WAITING && written.is_multiple_of(1024), "{written}");
    }

    #[test]
    fn the_end_does_not_wait_for_a_reader_for_ever() {
        let (reader, _go, _read) = reader();
        let (lines, flush) = start(reader).unwrap();
        lines.push(b"never read\n");
        drop(flush);
    }
}
