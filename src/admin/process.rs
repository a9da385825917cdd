//! Memory use and open files of this process, from proc_pid_status(5) and proc_pid_fd(5). None on systems without
//! /proc.

/// The resident set size in bytes.
pub fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// The number of open file descriptors.
pub fn open_files() -> Option<u64> {
    let count = std::fs::read_dir("/proc/self/fd").ok()?.count() as u64;
    // Reading the directory opened one of them.
    Some(count.saturating_sub(1))
}
