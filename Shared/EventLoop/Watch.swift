// A descriptor's two waits, for reading and for writing, on its loop. Each wait has at most one waiter and
// resumes exactly once: by readiness, by its deadline, by cancellation or by closing. Only the loop's thread
// comes here.
import CLinux
import Synchronization

/// Who waits. A checked continuation costs an object for each wait.
// SAFETY: resumed once: `take` is the only way to a waiter that is kept, and it leaves nil behind.
@safe struct Waiter {
    private let continuation: UnsafeContinuation<Void, any Error>

    init(_ continuation: UnsafeContinuation<Void, any Error>) { unsafe self.continuation = continuation }

    func resume() { unsafe continuation.resume() }
    func resume(throwing error: any Error) { unsafe continuation.resume(throwing: error) }
}

// SAFETY: `descriptor` is constant; everything else is touched on the loop's thread only, checked at each
// entry.
final class Watch: @unchecked Sendable {
    struct Side {
        var ready = false
        var waiter: Waiter?
        var deadlineNs: Int64 = .max
    }

    let descriptor: Int32
    private let loop: EventLoop
    var token: UInt64 = 0
    private var reading = Side()
    private var writing = Side()
    private(set) var isClosed = false
    /// The peer has said that it is done; no further event will announce that.
    private(set) var sawHangup = false
    private let oneShot: Bool
    /// What it brings is answered before everything else that waits on the loop.
    let isUrgent: Bool

    var hasDeadline: Bool { reading.deadlineNs != .max || writing.deadlineNs != .max }

    /// Edge-triggered when the owner drains the descriptor to EAGAIN before each wait; `oneShot` when
    /// somebody else reads it (libpq) and may leave bytes behind, at the price of an epoll_ctl for each
    /// wait.
    init(descriptor: Int32, loop: EventLoop, oneShot: Bool, isUrgent: Bool = false) throws {
        self.descriptor = descriptor
        self.isUrgent = isUrgent
        self.loop = loop
        self.oneShot = oneShot
        let edge = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        try loop.add(self, events: oneShot ? EPOLLONESHOT.rawValue : edge)
    }

    /// Takes the waiter out; the caller resumes it.
    private func take(_ side: inout Side) -> Waiter? {
        if side.deadlineNs != .max { loop.deadlines -= 1 }
        side.deadlineNs = .max
        return side.waiter.take()
    }

    func happened(_ events: UInt32) {
        let broken = EPOLLERR.rawValue | EPOLLHUP.rawValue
        if events & (EPOLLRDHUP.rawValue | broken) != 0 { sawHangup = true }
        let waitsForBoth = oneShot && reading.waiter != nil && writing.waiter != nil
        if events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | broken) != 0 { wake(&reading) }
        if events & (EPOLLOUT.rawValue | broken) != 0 { wake(&writing) }
        if waitsForBoth { rearm() }
    }

    private func wake(_ side: inout Side) {
        if let waiter = take(&side) { waiter.resume() } else { side.ready = !oneShot }
    }

    func expire(_ now: Int64) {
        if reading.deadlineNs <= now { take(&reading)?.resume(throwing: SystemFailure.timedOut) }
        if writing.deadlineNs <= now { take(&writing)?.resume(throwing: SystemFailure.timedOut) }
    }

    func readable(deadlineNs: Int64) async throws {
        try await wait(toWrite: false, deadlineNs, on: #isolation)
    }

    /// As `readable`, for a task whose cancellation somebody answers by closing: being ready for it costs a lock or two
    /// of the runtime's for each wait. Only a cancellation that came before is noticed here.
    func readableUntilClosed(deadlineNs: Int64) async throws {
        try await park(toWrite: false, deadlineNs, on: #isolation)
    }

    func writable(deadlineNs: Int64) async throws {
        try await wait(toWrite: true, deadlineNs, on: #isolation)
    }

    private func wait(toWrite: Bool, _ deadlineNs: Int64, on actor: isolated (any Actor)?) async throws {
        if try isReady(toWrite: toWrite) { return }
        try await withTaskCancellationHandler {
            try await park(toWrite: toWrite, deadlineNs, on: actor)
        } onCancel: {
            loop.execute {
                let waiter = toWrite ? self.take(&self.writing) : self.take(&self.reading)
                waiter?.resume(throwing: CancellationError())
            }
        }
    }

    /// Whether there is nothing to wait for; an event that came is used up.
    private func isReady(toWrite: Bool) throws -> Bool {
        precondition(loop.isCurrent, "a descriptor is waited on from its loop's tasks only")
        if isClosed { throw SystemFailure.closed }
        guard toWrite ? writing.ready : reading.ready else { return false }
        if toWrite { writing.ready = false } else { reading.ready = false }
        return true
    }

    /// `actor` is the caller's and is named in the closure below on purpose: without that the closure belongs
    /// to nobody, and a task without the loop as its preference, inside an actor of the loop, would run it on
    /// Swift's pool.
    private func park(toWrite: Bool, _ deadlineNs: Int64, on actor: isolated (any Actor)?) async throws {
        try await unsafe withUnsafeThrowingContinuation { continuation in
            _ = actor
            let continuation = unsafe Waiter(continuation)
            precondition(
                (toWrite ? writing : reading).waiter == nil, "two waits on one side of a descriptor")
            if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
            // Coming here may have cost a turn of the loop, in which others ran: what they did to this
            // descriptor would otherwise be waited for in vain.
            do {
                if try isReady(toWrite: toWrite) { return continuation.resume() }
            } catch { return continuation.resume(throwing: error) }
            let side = Side(waiter: continuation, deadlineNs: deadlineNs)
            if toWrite { writing = side } else { reading = side }
            if deadlineNs != .max { loop.deadlines += 1 }
            if oneShot { rearm() }
        }
    }

    /// Forgets that the descriptor was readable: its owner is about to read whatever there is.
    func willRead() { reading.ready = false }

    /// One-shot interest in exactly what is waited for.
    private func rearm() {
        var events = EPOLLONESHOT.rawValue
        if reading.waiter != nil { events |= EPOLLIN.rawValue | EPOLLRDHUP.rawValue }
        if writing.waiter != nil { events |= EPOLLOUT.rawValue }
        do { try loop.control(EPOLL_CTL_MOD, self, events) } catch {
            take(&reading)?.resume(throwing: error)
            take(&writing)?.resume(throwing: error)
        }
    }

    /// Forgets the descriptor and ends both waits with `.closed`. Does not close it: its owner does,
    /// afterwards.
    func close() {
        precondition(loop.isCurrent, "a descriptor is closed from its loop's tasks only")
        guard !isClosed else { return }
        isClosed = true
        loop.remove(self)
        take(&reading)?.resume(throwing: SystemFailure.closed)
        take(&writing)?.resume(throwing: SystemFailure.closed)
    }
}
