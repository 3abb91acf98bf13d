// The client of every service: keep-alive connections on one loop, bounded for each server, a deadline for
// the whole of a request, and failures that say whether it left this process. It never sends a request twice,
// follows no redirects, reads no proxy from the environment and keeps no cookies.
package import EventLoop
package import HTTPWire
package import Observe
import Synchronization
package import TLSWire
import Transport
package import World

/// Asks other servers. One for each process; use from any task.
package final class HTTPClient: Sendable {
    let world: World
    private let loop: EventLoop
    private let log: Log
    private let pool: ConnectionPool
    private let names = NameLookup()
    private let limits: HTTPLimits
    /// Made when the first https request comes: reading the system's authorities takes milliseconds.
    private let tls: Mutex<TLSContext?>
    private let requests: Counter
    private let seconds: Histogram

    /// Open connections to one server where nobody says otherwise: an eighth of what our own servers take of one
    /// address, so that eight replicas of a caller fit.
    package static let connectionsPerHostMax = 32

    /// A client on `loop`.
    /// - Parameters:
    ///   - tls: whom to trust, and what certificate to present; nil trusts the system's authorities and
    ///     presents none.
    ///   - connectionsPerHostMax: open connections to one server; further requests wait for one.
    ///   - answerBytesMax: the longest body of an answer where the request does not say otherwise.
    package init(
        loop: EventLoop, world: World, log: Log, metrics: Metrics, tls: TLSContext? = nil,
        connectionsPerHostMax: Int = HTTPClient.connectionsPerHostMax, answerBytesMax: Int = 1 << 20
    ) {
        self.tls = Mutex(tls)
        self.loop = loop
        self.world = world
        self.log = log
        pool = ConnectionPool(countMax: connectionsPerHostMax)
        limits = HTTPLimits(bodyBytesMax: answerBytesMax)
        requests = metrics.counter(
            "till_http_client_requests_total", help: "Requests to other servers, by how they ended.",
            labels: ["peer", "outcome"])
        seconds = metrics.histogram(
            "till_http_client_seconds", help: "From the call to the answer or the failure.", labels: ["peer"])
    }

    /// The answer, whatever its status. `timeout` covers all of it: the wait for a connection, the name,
    /// connecting, the handshake, sending and reading.
    package func send(
        _ request: ClientRequest, timeout: Duration
    ) async throws(HTTPClientFailure) -> HTTPResponse {
        let start = loop.nowNs
        let outcome: Result<HTTPResponse, HTTPClientFailure>
        do {
            let deadline = start &+ max(0, min(timeout, .seconds(86_400)).nanoseconds)
            outcome = .success(try await loop.run { try await self.exchange(request, deadline) })
        } catch let failure as HTTPClientFailure {
            outcome = .failure(failure)
        } catch {
            outcome = .failure(Self.failure(error, sent: false))
        }
        let span = Duration.nanoseconds(loop.nowNs - start)
        seconds.observe(span, [request.peer])
        switch outcome {
        case .success: requests.add(1, [request.peer, "answered"])
        case .failure(let failure):
            requests.add(1, [request.peer, failure.word])
            let what: KeyValuePairs<StaticString, LogValue> = [
                "peer": .name(request.peer), "why": .name(failure.word), "ms": .ms(span),
            ]
            // A caller that gave up, as all do at shutdown, is nothing to look at.
            if failure == .cancelled {
                log.debug("request.cancelled", what)
            } else {
                log.warn("request.failed", what)
            }
        }
        return try outcome.get()
    }

    /// Closes idle connections; those in use end with their request. Later requests are refused as not sent.
    package func close() async {
        let idle = pool.close()
        loop.execute { for stream in idle { stream.close() } }
    }

    // MARK: on the loop

    private func exchange(_ request: ClientRequest, _ deadline: Int64) async throws -> HTTPResponse {
        let origin = ConnectionPool.Origin(request.url)
        var bytes: [UInt8] = []
        do throws(HTTPRefusal) {
            try serializeRequest(
                method: request.method, target: request.wholeTarget, host: request.url.hostHeader,
                headers: request.headers, body: request.body, into: &bytes)
        } catch { throw HTTPClientFailure.notSent(error.reason.description) }
        let stream = try await connection(to: origin, deadline)
        do {
            let exchange = Exchange(stream: stream, deadlineNs: deadline)
            var limits = limits
            if let max = request.answerBytesMax { limits.bodyBytesMax = max }
            let answer = try await exchange.run(bytes, method: request.method, limits: limits)
            if !answer.isReusable || !pool.put(origin, stream, nowNs: loop.nowNs) {
                stream.close()
                pool.vacate(origin)
            }
            return answer.response
        } catch {
            stream.close()
            pool.vacate(origin)
            throw Self.failure(error, sent: true)
        }
    }

    /// An idle connection that is still good, or a new one. No byte of the request has left when this throws.
    private func connection(to origin: ConnectionPool.Origin, _ deadline: Int64) async throws -> ByteStream {
        let (lease, expired) = pool.lease(origin, nowNs: loop.nowNs)
        for stream in expired { stream.close() }
        var grant: ConnectionPool.Grant
        switch lease {
        case .granted(let granted): grant = granted
        case .refused(let reason): throw HTTPClientFailure.notSent(reason)
        case .queued(let waiter):
            do { grant = try await waiter.wait(untilNs: deadline, on: loop) } catch {
                pool.leave(origin, waiter)
                throw Self.failure(error, sent: false)
            }
        }
        if case .reuse(let stream) = grant {
            if !stream.isUnusable { return stream }
            // The server closed it while it idled; its place is taken by a new one.
            stream.close()
            grant = .open
        }
        do { return try await open(origin, deadline) } catch {
            pool.vacate(origin)
            throw Self.failure(error, sent: false)
        }
    }

    private func open(_ origin: ConnectionPool.Origin, _ deadline: Int64) async throws -> ByteStream {
        let addresses = try await names.addresses(
            origin.host, port: UInt16(origin.port), deadlineNs: deadline, on: loop)
        let socket = try await connect(addresses, deadline)
        guard origin.scheme == .https else { return ByteStream(plain: socket) }
        do {
            let stream = try ByteStream(connecting: socket, to: origin.host, with: try context())
            try await stream.handshake(deadlineNs: deadline)
            return stream
        } catch {
            socket.close()
            throw error
        }
    }

    /// The first address that answers. Each gets its share of the time left, so that one that swallows
    /// packets (IPv6 without a route, often) does not use up what the next would need.
    private func connect(_ addresses: [SocketAddress], _ deadline: Int64) async throws -> StreamSocket {
        var failure: any Error = SystemFailure.badAddress
        for (index, address) in addresses.enumerated() {
            let share = max(0, deadline - loop.nowNs) / Int64(addresses.count - index)
            do {
                return try await StreamSocket.connect(
                    to: [address], loop: loop, deadlineNs: loop.nowNs + share)
            } catch {
                if error is CancellationError { throw error }
                failure = error
            }
        }
        throw failure
    }

    private func context() throws(TLSFailure) -> TLSContext {
        try tls.withLock { known throws(TLSFailure) in
            if let known { return known }
            let made = try TLSContext(client: TLSClientSettings())
            known = made
            return made
        }
    }

    private static func failure(_ error: any Error, sent: Bool) -> HTTPClientFailure {
        switch error {
        case let failure as HTTPClientFailure: failure
        case is CancellationError: .cancelled
        case SystemFailure.timedOut: .timedOut(sent: sent)
        case let failure as SystemFailure:
            sent ? .answerLost(failure.description) : .notSent(failure.description)
        case let failure as TLSFailure:
            sent ? .answerLost(failure.description) : .notSent(failure.description)
        default: sent ? .answerLost("\(type(of: error))") : .notSent("\(type(of: error))")
        }
    }
}
