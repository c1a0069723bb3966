//! The system's two clocks.

use smoltcp::time::Instant;

fn microseconds(clock: libc::clockid_t) -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the structure lives through the call.
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
}

/// What the stack's timers go by.
pub fn monotonic() -> Instant {
    Instant::from_micros(microseconds(libc::CLOCK_MONOTONIC))
}

/// What answers are stamped with.
pub fn realtime_us() -> i64 {
    microseconds(libc::CLOCK_REALTIME)
}
