// Which connections are open to which server, which of them idle, and who waits for one. Decides only;
// connecting and closing are the client's, after the lock is released.
import HTTPWire
import Synchronization
import Transport

/// Connections of one client, counted for each server.
final class ConnectionPool: Sendable {
    /// One server as connections see it.
    struct Origin: Sendable, Hashable {
        let scheme: HTTPURL.Scheme
        let host: String
        let port: Int

        init(_ url: HTTPURL) {
            scheme = url.scheme
            host = url.host
            port = url.port
        }
    }

    /// What a request may use.
    enum Grant: Sendable {
        /// An idle connection.
        case reuse(ByteStream)
        /// A place for a new one; `vacate` gives it back.
        case open
    }

    /// What asking for a connection led to.
    enum Lease {
        case granted(Grant)
        case queued(Waiter<Grant>)
        case refused(String)
    }

    /// An idle connection is used for this long: half of what our own servers keep one, so that the client is
    /// the one that closes and a request never races with the server's close.
    static let idleNsMax: Int64 = 30 * 1_000_000_000
    /// Requests that may wait for a connection to one server. More is an outage of that server.
    static let waitersMax = 1024

    private struct Entry {
        var idle: [(stream: ByteStream, sinceNs: Int64)] = []
        /// Open or being opened, idle ones included.
        var count = 0
        var waiters: [Waiter<Grant>] = []

        /// They went idle in the order in which they lie here, since the last one is always the next that is used.
        mutating func takeExpired(_ nowNs: Int64) -> [ByteStream] {
            let expired = idle.prefix { nowNs - $0.sinceNs > ConnectionPool.idleNsMax }.map(\.stream)
            if expired.isEmpty { return [] }
            idle.removeFirst(expired.count)
            count -= expired.count
            return expired
        }
    }

    private struct State {
        var entries: [Origin: Entry] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let countMax: Int

    init(countMax: Int) { self.countMax = countMax }

    /// A connection to `origin`, a place for one, or a place in the queue. `expired` have idled too long:
    /// close them.
    func lease(_ origin: Origin, nowNs: Int64) -> (lease: Lease, expired: [ByteStream]) {
        state.withLock { state in
            guard !state.isClosed else { return (.refused("the client is closed"), []) }
            return Self.lease(&state.entries[origin, default: Entry()], countMax, nowNs)
        }
    }

    /// In place: an entry that is taken out to be changed is a copy of all its idle connections.
    private static func lease(
        _ entry: inout Entry, _ countMax: Int, _ nowNs: Int64
    ) -> (lease: Lease, expired: [ByteStream]) {
        let expired = entry.takeExpired(nowNs)
        if let last = entry.idle.popLast() { return (.granted(.reuse(last.stream)), expired) }
        if entry.count < countMax {
            entry.count += 1
            return (.granted(.open), expired)
        }
        guard entry.waiters.count < waitersMax else { return (.refused("too many requests wait"), expired) }
        let waiter = Waiter<Grant>()
        entry.waiters.append(waiter)
        return (.queued(waiter), expired)
    }

    /// A waiter gave up.
    func leave(_ origin: Origin, _ waiter: Waiter<Grant>) {
        state.withLock { $0.entries[origin]?.waiters.removeAll { $0 === waiter } }
    }

    /// A connection is free again: for the next waiter, or to idle. False if it is of no use: close it.
    func put(_ origin: Origin, _ stream: ByteStream, nowNs: Int64) -> Bool {
        while let waiter = nextWaiter(origin) {
            if waiter.settle(.success(.reuse(stream))) { return true }
        }
        return state.withLock { state in
            guard !state.isClosed else { return false }
            state.entries[origin]?.idle.append((stream, nowNs))
            return true
        }
    }

    /// A connection was closed, or never opened: its place goes to the next waiter.
    func vacate(_ origin: Origin) {
        while let waiter = nextWaiter(origin) {
            if waiter.settle(.success(.open)) { return }
        }
        state.withLock { state in
            guard var entry = state.entries[origin] else { return }
            entry.count -= 1
            state.entries[origin] = entry.count == 0 && entry.waiters.isEmpty ? nil : entry
        }
    }

    /// Refuses requests from now on and hands out the idle connections, to be closed.
    func close() -> [ByteStream] {
        let (idle, waiters) = state.withLock { state in
            state.isClosed = true
            let idle = state.entries.values.flatMap { $0.idle.map(\.stream) }
            let waiters = state.entries.values.flatMap(\.waiters)
            state.entries = state.entries.mapValues { Entry(count: $0.count - $0.idle.count) }
            return (idle, waiters)
        }
        for waiter in waiters { waiter.settle(.failure(HTTPClientFailure.notSent("the client is closed"))) }
        return idle
    }

    /// Open connections to a server, idle ones included.
    func count(_ origin: Origin) -> Int { state.withLock { $0.entries[origin]?.count ?? 0 } }

    private func nextWaiter(_ origin: Origin) -> Waiter<Grant>? {
        state.withLock { state in
            guard let waiters = state.entries[origin]?.waiters, !waiters.isEmpty else { return nil }
            return state.entries[origin]?.waiters.removeFirst()
        }
    }
}
