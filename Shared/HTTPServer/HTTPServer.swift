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

    private struct State {
        var places: [UInt64: OpenConnection] = [:]
        var parties: [AddressBlock: Int] = [:]
        var unfinishedBytes = 0
        var nextID: UInt64 = 1

        @discardableResult
        mutating func remove(_ id: UInt64) -> ByteStream? {
            guard let place = places.removeValue(forKey: id) else { return nil }
            unfinishedBytes -= place.unfinishedBytes
            place.set(unfinishedBytes: 0)
            if let party = place.party {
                let left = (parties[party] ?? 1) - 1
                parties[party] = left == 0 ? nil : left
            }
            return place.stream
        }

        /// The sender that we wait for longest, `limit` or earlier, among those that `counts` takes.
        func slowest(since limit: Int64 = .max, where counts: (OpenConnection) -> Bool) -> UInt64? {
            var found: (id: UInt64, since: Int64)?
            for (id, place) in places {
                guard let since = place.waitsSince, since <= limit, since < found?.since ?? .max,
                    counts(place)
                else { continue }
                found = (id, since)
            }
            return found?.id
        }
    }

    /// After so many new connections in a row, others have their turn: some 300 µs.
    private static let acceptsInTurnMax = 16

    private let listener: Listener
    private let loop: EventLoop
    private let wiring: Wiring
    private let desk: ConnectionDesk
    private let state = Mutex(State())
    private let draining = Atomic<Bool>(false)
    private let open: Gauge
    /// The port, the kernel's choice when 0 was asked for.
    package let port: UInt16

    private init(listener: Listener, loop: EventLoop, wiring: Wiring, metrics: Metrics) {
        self.listener = listener
        self.loop = loop
        desk = ConnectionDesk(on: loop)
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
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                var accepted = 0
                while let socket = await nextSocket() {
                    accepted += 1
                    // Accepting need not wait while there are more: those who are connected have their turn.
                    if accepted % Self.acceptsInTurnMax == 0 { await Task.yield() }
                    guard let stream = stream(over: socket) else { continue }
                    guard let place = admit(stream, from: socket.peer) else {
                        group.addTask(executorPreference: loop) { await self.turnAway(stream) }
                        continue
                    }
                    group.addTask(executorPreference: loop) {
                        await self.desk.run(HTTPConnection(wiring: self.wiring, server: self, place: place))
                        self.forget(place.id)
                    }
                }
            }
        } onCancel: {
            // Connections that wait for a sender end by this alone.
            loop.execute { self.closeAll() }
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
    private func admit(_ stream: ByteStream, from peer: SocketAddress?) -> OpenConnection? {
        let now = loop.nowNs
        let settings = wiring.settings
        let party = peer.flatMap { peer in
            settings.uncounted.contains { $0.contains(peer) } ? nil : AddressBlock(partyOf: peer)
        }
        let (place, count, dawdler) = state.withLock { state -> (OpenConnection?, Int, ByteStream?) in
            if isDraining { return (nil, state.places.count, nil) }
            var dawdler: ByteStream?
            let ofParty = party.flatMap { state.parties[$0] } ?? 0
            let isPartyFull = party != nil && ofParty >= settings.connectionsPerAddressMax
            if isPartyFull || state.places.count >= settings.connectionsMax {
                let limit = now - settings.waitedForMin.nanoseconds
                let slowest = state.slowest(since: limit) {
                    (!isPartyFull || $0.party == party) && !$0.waitsForUs
                }
                guard let slowest else { return (nil, state.places.count, nil) }
                dawdler = state.remove(slowest)
            }
            let place = OpenConnection(id: state.nextID, stream: stream, party: party, now: now)
            state.nextID += 1
            state.places[place.id] = place
            if let party { state.parties[party, default: 0] += 1 }
            return (place, state.places.count, dawdler)
        }
        if let dawdler { displace(dawdler) }
        open.set(Double(count), [wiring.name])
        return place
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
            state.remove(id)
            return state.places.count
        }
        open.set(Double(count), [wiring.name])
    }

    /// True once draining has begun: answers from now on close their connection.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    func mark(_ place: OpenConnection, busy: Bool) {
        place.set(busy: busy)
        place.set(waitsSince: loop.nowNs)
    }

    /// A handler works for this connection, or has answered and we wait for its sender again.
    func mark(_ place: OpenConnection, worksFor: Bool) {
        if place.unfinishedBytes > 0 { mark(place, unfinishedBytes: 0) }
        place.set(waitsSince: worksFor ? nil : loop.nowNs)
    }

    /// So much of a body has come, and not all of it.
    func mark(_ place: OpenConnection, unfinishedBytes: Int) {
        let dawdler = state.withLock { state -> ByteStream? in
            // One that lost its place counts no more.
            guard state.places[place.id] != nil else { return nil }
            state.unfinishedBytes += unfinishedBytes - place.unfinishedBytes
            place.set(unfinishedBytes: unfinishedBytes)
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
        // Behind the lock, so that who is being admitted is seen below or turned away.
        state.withLock { _ in draining.store(true, ordering: .relaxed) }
        do {
            try await loop.run {
                self.listener.close()
                while self.state.withLock({ !$0.places.isEmpty }), self.loop.nowNs < deadline {
                    if self.loop.nowNs >= idleUntil { self.closeIdle() }
                    try await self.loop.sleep(for: .milliseconds(5))
                }
                self.closeAll()
            }
        } catch {
            wiring.log.warn("drain.interrupted", ["server": .name(wiring.name)])
        }
    }

    /// A request may lie unread in the kernel: such a connection is not idle and will answer it.
    private func closeIdle() {
        let idle = state.withLock { state in state.places.values.filter { !$0.isBusy }.map(\.stream) }
        for stream in idle where !stream.hasUnreadBytes { stream.close() }
    }

    private func closeAll() {
        for place in state.withLock({ Array($0.places.values) }) { place.stream.close() }
    }
}
