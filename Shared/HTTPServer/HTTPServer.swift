// One listening port: accepts, bounds the number of connections, and drains. What a connection does is in
// HTTPConnection; what a request means is in the handlers.
package import EventLoop
import HTTPWire
package import Observe
import Synchronization
package import TLSWire
import Transport
package import World

/// A server on one address of one loop. Made by `bind`, run by `run()`, ended by `drain`.
package final class HTTPServer: Sendable {
    struct Wiring: Sendable {
        let name: String
        let routes: Routes
        let settings: ServerSettings
        let callers: CallerTokens?
        let tls: TLSContext?
        let world: World
        let log: Log
        let meters: ServerMeters
        /// Others ask as often as strangers make them: a gigabyte a day of such lines is enough, and as much below.
        let lines = LinePace(perSecond: 50, burst: 5_000)
        /// Our own failures are looked for at night, so that good requests use none of their lines up.
        let failureLines = LinePace(perSecond: 50, burst: 5_000)
    }

    private struct Held {
        let stream: ByteStream
        /// Whom the limit per address counts it for; nil where it is not counted.
        let party: AddressBlock?
        /// From the head of a request to its answer.
        var isBusy = false
        /// Since when we wait for its sender; nil while a handler works.
        var waitsSince: Int64?
        var unfinishedBytes = 0
    }

    private struct State {
        var streams: [UInt64: Held] = [:]
        var parties: [AddressBlock: Int] = [:]
        var unfinishedBytes = 0
        var nextID: UInt64 = 1
        var isDraining = false

        mutating func remove(_ id: UInt64) -> ByteStream? {
            guard let held = streams.removeValue(forKey: id) else { return nil }
            unfinishedBytes -= held.unfinishedBytes
            if let party = held.party {
                let left = (parties[party] ?? 1) - 1
                parties[party] = left == 0 ? nil : left
            }
            return held.stream
        }

        /// The sender that we wait for longest, `limit` or earlier, among those that `counts` takes.
        func slowest(since limit: Int64 = .max, where counts: (Held) -> Bool = { _ in true }) -> UInt64? {
            var found: (id: UInt64, since: Int64)?
            for (id, held) in streams {
                guard let since = held.waitsSince, since <= limit, since < found?.since ?? .max, counts(held)
                else { continue }
                found = (id, since)
            }
            return found?.id
        }
    }

    private let listener: Listener
    private let loop: EventLoop
    private let wiring: Wiring
    private let state = Mutex(State())
    private let open: Gauge
    /// The port, the kernel's choice when 0 was asked for.
    package let port: UInt16

    private init(listener: Listener, loop: EventLoop, wiring: Wiring, metrics: Metrics) {
        self.listener = listener
        self.loop = loop
        self.wiring = wiring
        port = listener.port
        open = metrics.gauge("till_http_connections", help: "Open connections.", labels: ["server"])
    }

    /// Listens on `host` (numeric) and `port` (0: any), or on the socket `inherited` that listens already; with
    /// `tls`, for encrypted connections only. Throws `SystemFailure` when the address is taken or unusable.
    package static func bind(
        name: String, host: String, port: UInt16, routes: Routes, settings: ServerSettings = ServerSettings(),
        callers: CallerTokens? = nil, tls: TLSContext? = nil, inherited: Int32? = nil, loop: EventLoop,
        world: World, log: Log, metrics: Metrics
    ) async throws -> HTTPServer {
        guard let address = SocketAddress(numeric: host, port: port) else { throw SystemFailure.badAddress }
        let wiring = Wiring(
            name: name, routes: routes, settings: settings, callers: callers, tls: tls, world: world,
            log: log,
            meters: ServerMeters(name: name, metrics: metrics))
        return try await loop.run {
            let listener =
                try inherited.map { try Listener(adopting: $0, loop: loop) }
                ?? Listener(on: address, loop: loop)
            return HTTPServer(listener: listener, loop: loop, wiring: wiring, metrics: metrics)
        }
    }

    /// Accepts and serves until `drain`; returns when the last connection has ended.
    package func run() async throws {
        try await loop.run { await self.serve() }
    }

    private func serve() async {
        await withDiscardingTaskGroup { group in
            while let socket = await nextSocket() {
                guard let stream = stream(over: socket) else { continue }
                guard let id = admit(stream, from: socket.peer) else {
                    group.addTask(executorPreference: loop) { await self.turnAway(stream) }
                    continue
                }
                group.addTask(executorPreference: loop) {
                    await HTTPConnection(stream: stream, wiring: self.wiring, server: self, id: id).run()
                    self.forget(id)
                }
            }
        }
    }

    private func stream(over socket: StreamSocket) -> ByteStream? {
        guard let tls = wiring.tls else { return ByteStream(plain: socket) }
        do { return try ByteStream(accepting: socket, with: tls) } catch {
            wiring.log.error("tls.failed", ["server": .name(wiring.name)])
            socket.close()
            return nil
        }
    }

    /// Nil when the listener was closed.
    private func nextSocket() async -> StreamSocket? {
        while true {
            do { return try await listener.accept() } catch SystemFailure.closed {
                return nil
            } catch is CancellationError {
                return nil
            } catch {
                // Out of descriptors or memory: waiting sockets stay in the backlog until some are free
                // again.
                wiring.log.error("accept.failed", ["server": .name(wiring.name)])
                do { try await loop.sleep(for: .milliseconds(50)) } catch { return nil }
            }
        }
    }

    /// When all places are taken, of this address or in all, the sender that keeps us waiting longest loses its
    /// place: otherwise a few hundred senders that dawdle could keep everybody else out. Nil when all are worked
    /// for, or new.
    private func admit(_ stream: ByteStream, from peer: SocketAddress?) -> UInt64? {
        let now = loop.nowNs
        let settings = wiring.settings
        let party = peer.flatMap { peer in
            settings.uncounted.contains { $0.contains(peer) } ? nil : AddressBlock(partyOf: peer)
        }
        let (id, count, dawdler) = state.withLock { state -> (UInt64?, Int, ByteStream?) in
            if state.isDraining { return (nil, state.streams.count, nil) }
            var dawdler: ByteStream?
            let ofParty = party.flatMap { state.parties[$0] } ?? 0
            let isPartyFull = party != nil && ofParty >= settings.connectionsPerAddressMax
            if isPartyFull || state.streams.count >= settings.connectionsMax {
                let limit = now - settings.waitedForMin.nanoseconds
                let slowest = state.slowest(since: limit) { !isPartyFull || $0.party == party }
                guard let slowest else { return (nil, state.streams.count, nil) }
                dawdler = state.remove(slowest)
            }
            let id = state.nextID
            state.nextID += 1
            state.streams[id] = Held(stream: stream, party: party, waitsSince: now)
            if let party { state.parties[party, default: 0] += 1 }
            return (id, state.streams.count, dawdler)
        }
        if let dawdler { displace(dawdler) }
        open.set(Double(count), [wiring.name])
        return id
    }

    private func turnAway(_ stream: ByteStream) async {
        defer { stream.close() }
        wiring.meters.refused(503)
        // A handshake costs more than the refusal would say.
        guard wiring.tls == nil else { return }
        var bytes: [UInt8] = []
        HTTPResponse(status: 503, headers: ["retry-after": "1"]).serialize(into: &bytes, keepAlive: false)
        do { try await stream.write(bytes, deadlineNs: loop.nowNs + 1_000_000_000) } catch {
            wiring.log.debug("connection.lost", ["server": .name(wiring.name)])
        }
    }

    private func forget(_ id: UInt64) {
        let count = state.withLock { state in
            _ = state.remove(id)
            return state.streams.count
        }
        open.set(Double(count), [wiring.name])
    }

    /// True once draining has begun: answers from now on close their connection.
    var isDraining: Bool { state.withLock { $0.isDraining } }

    func mark(_ id: UInt64, busy: Bool) {
        let now = loop.nowNs
        state.withLock {
            $0.streams[id]?.isBusy = busy
            $0.streams[id]?.waitsSince = now
        }
    }

    /// A handler works for this connection, or has answered and we wait for its sender again.
    func mark(_ id: UInt64, worksFor: Bool) {
        let now = loop.nowNs
        state.withLock { state in
            state.unfinishedBytes -= state.streams[id]?.unfinishedBytes ?? 0
            state.streams[id]?.unfinishedBytes = 0
            state.streams[id]?.waitsSince = worksFor ? nil : now
        }
    }

    /// So much of a body has come, and not all of it.
    func mark(_ id: UInt64, unfinishedBytes: Int) {
        let dawdler = state.withLock { state -> ByteStream? in
            guard let before = state.streams[id]?.unfinishedBytes else { return nil }
            state.streams[id]?.unfinishedBytes = unfinishedBytes
            state.unfinishedBytes += unfinishedBytes - before
            guard state.unfinishedBytes > wiring.settings.unfinishedBytesMax,
                let slowest = state.slowest(where: { $0.unfinishedBytes > 0 })
            else { return nil }
            return state.remove(slowest)
        }
        if let dawdler { displace(dawdler) }
    }

    private func displace(_ stream: ByteStream) {
        wiring.meters.displaced()
        stream.close()
    }

    /// Stops accepting, lets the others answer what they have, gives idle connections `lastRequestTime` to bring
    /// one more request and then closes them, and closes what is left after `limit`. Returns when no connection
    /// is left. Who listens on the same socket, in another process, goes on accepting.
    package func drain(within limit: Duration) async {
        let deadline = loop.nowNs + limit.nanoseconds
        let idleUntil = min(deadline, loop.nowNs + wiring.settings.lastRequestTime.nanoseconds)
        state.withLock { $0.isDraining = true }
        do {
            try await loop.run {
                self.listener.close()
                while self.state.withLock({ !$0.streams.isEmpty }), self.loop.nowNs < deadline {
                    if self.loop.nowNs >= idleUntil { self.closeIdle() }
                    try await self.loop.sleep(for: .milliseconds(5))
                }
                for entry in self.state.withLock({ Array($0.streams.values) }) { entry.stream.close() }
            }
        } catch {
            wiring.log.warn("drain.interrupted", ["server": .name(wiring.name)])
        }
    }

    /// A request may lie unread in the kernel: such a connection is not idle and will answer it.
    private func closeIdle() {
        let idle = state.withLock { state in state.streams.values.filter { !$0.isBusy }.map(\.stream) }
        for stream in idle where !stream.hasUnreadBytes { stream.close() }
    }
}
