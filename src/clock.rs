//! Processor time of the calling thread and of the process, to say where a run's time went.

use rustix::time::{ClockId, clock_gettime};

/// Adds the processor time a piece of work takes on this thread to a counter.
pub fn timed<T>(counter_secs: &mut f64, work: impl FnOnce() -> T) -> T {
    let before = thread_cpu_secs();
    let result = work();
    *counter_secs += thread_cpu_secs() - before;
    result
}

/// Processor seconds used by the calling thread.
pub fn thread_cpu_secs() -> f64 {
    secs(ClockId::ThreadCPUTime)
}

/// Processor seconds used by all threads of the process.
pub fn process_cpu_secs() -> f64 {
    secs(ClockId::ProcessCPUTime)
}

fn secs(clock: ClockId) -> f64 {
    let t = clock_gettime(clock);
    t.tv_sec as f64 + t.tv_nsec as f64 / 1e9
}

/// Highest resident memory of the process so far in MiB; none where the system does not tell.
pub fn peak_memory_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}
