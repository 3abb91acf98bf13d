// What these tests stand on: one loop, a world with a real clock, a server under test, and a peer that speaks
// raw bytes. Ports are the kernel's choice; every wait has a deadline.
import EventLoop
import Glibc
import HTTPClient
import HTTPServer
import HTTPWire
import Observe
import TLSWire
import TestSupport
import World

/// The loop that all tests of this folder share. It lives as long as the process.
let loop: EventLoop = {
    do { return try EventLoop.start(name: "test") } catch { preconditionFailure("no loop: \(error)") }
}()

let world = World(
    now: { Timestamp(seconds: 1_790_000_000) }, monotonic: { loop.nowNs },
    randomBytes: { count in (0..<count).map { _ in UInt8.random(in: 0...255) } })

/// Far enough for a busy machine, near enough for a hanging test to end.
let patience: Duration = .seconds(20 * Sanitizer.slowness)
var soon: Int64 { loop.nowNs + patience.nanoseconds }

/// Runs a server with these routes while `body` runs, then drains it.
func withServer(
    _ routes: Routes, settings: ServerSettings = ServerSettings(), callers: CallerTokens? = nil,
    tls: TLSContext? = nil, inherited: Int32? = nil, metrics: Metrics = Metrics(),
    _ body: @escaping @Sendable (HTTPServer) async throws -> Void
) async throws {
    let server = try await HTTPServer.bind(
        name: "test", host: "127.0.0.1", port: 0, routes: routes, settings: settings, callers: callers,
        tls: tls, inherited: inherited, loop: loop, world: world, log: .silent(world), metrics: metrics)
    async let running: Void = server.run()
    let result: Result<Void, any Error>
    do { result = .success(try await loop.run { try await body(server) }) } catch { result = .failure(error) }
    await server.drain(within: .seconds(2))
    try await running
    try result.get()
}

/// A client of its own, closed afterwards.
func withClient(
    connectionsPerHostMax: Int = 32, answerBytesMax: Int = 1 << 20,
    _ body: @escaping @Sendable (HTTPClient) async throws -> Void
) async throws {
    let client = HTTPClient(
        loop: loop, world: world, log: .silent(world), metrics: Metrics(),
        connectionsPerHostMax: connectionsPerHostMax, answerBytesMax: answerBytesMax)
    let result: Result<Void, any Error>
    do { result = .success(try await loop.run { try await body(client) }) } catch { result = .failure(error) }
    await client.close()
    try result.get()
}

/// One end of a connection that sends exactly the bytes it is told to.
struct RawPeer: Sendable {
    let socket: StreamSocket

    /// `receiveBytes` is how much its kernel keeps for it; else that decides.
    static func connect(_ port: UInt16, receiveBytes: Int32? = nil) async throws -> RawPeer {
        guard let address = SocketAddress(numeric: "127.0.0.1", port: port) else {
            throw SystemFailure.badAddress
        }
        return RawPeer(
            socket: try await StreamSocket.connect(
                to: [address], loop: loop, deadlineNs: soon, receiveBytes: receiveBytes))
    }

    func send(_ text: String) async throws { try await socket.write(Array(text.utf8), deadlineNs: soon) }

    /// What arrives until the peer closes or resets.
    func readToEnd() async throws -> String {
        var bytes: [UInt8] = []
        do { while try await read(into: &bytes) {} } catch SystemFailure.call {
            return String(decoding: bytes, as: UTF8.self)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What arrives until `ending` does.
    func read(until ending: String) async throws -> String {
        var bytes: [UInt8] = []
        while !String(decoding: bytes, as: UTF8.self).hasSuffix(ending) {
            guard try await read(into: &bytes) else { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func read(into bytes: inout [UInt8]) async throws -> Bool {
        try await socket.read(deadlineNs: soon) { span in
            for index in span.indices { bytes.append(span[index]) }
        }
    }

    func close() { socket.close() }
}

/// A socket of the system's own kind, for what no client of ours does: listening for somebody else, or coming
/// from a chosen address. Blocking calls, on loopback only, where they do not wait.
enum PlainSocket {
    /// A listening socket on a port of the kernel's choice, as a supervisor holds it.
    static func listening() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = try bound(to: "127.0.0.1")
        guard listen(descriptor, 64) == 0 else { throw SystemFailure.badAddress }
        var name = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard result == 0 else { throw SystemFailure.badAddress }
        return (descriptor, UInt16(bigEndian: name.sin_port))
    }

    /// Sends `text` from `host` and returns what comes until it ends with `ending`.
    static func ask(_ port: UInt16, from host: String, _ text: String, until ending: String) async throws
        -> String
    {
        try await BlockingThread.run {
            let descriptor = try connected(to: port, from: host)
            defer { close(descriptor) }
            guard send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) > 0 else {
                throw SystemFailure.badAddress
            }
            var answer = "", buffer = [UInt8](repeating: 0, count: 4_096)
            while !answer.hasSuffix(ending) {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                answer += String(decoding: buffer[..<count], as: UTF8.self)
            }
            return answer
        }
    }

    /// A connection that the kernel has made and nobody need have accepted; reads wait for 10 s at most. The caller
    /// closes it.
    static func connected(to port: UInt16, from host: String = "127.0.0.1") throws -> Int32 {
        let descriptor = try bound(to: host)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var peer = address("127.0.0.1", port)
        let result = withUnsafePointer(to: &peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw SystemFailure.badAddress
        }
        return descriptor
    }

    private static func bound(to host: String) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = address(host, 0)
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, result == 0 else { throw SystemFailure.badAddress }
        return descriptor
    }

    private static func address(_ host: String, _ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &name.sin_addr)
        return name
    }
}

/// A server whose connections each run `script`, numbered from 1.
func withScript(
    _ script: @escaping @Sendable (_ peer: RawPeer, _ number: Int) async throws -> Void,
    _ body: @escaping @Sendable (_ url: HTTPURL) async throws -> Void
) async throws {
    try await loop.run {
        guard let address = SocketAddress(numeric: "127.0.0.1", port: 0) else {
            throw SystemFailure.badAddress
        }
        let listener = try Listener(on: address, loop: loop)
        guard let url = HTTPURL("http://127.0.0.1:\(listener.port)/base") else {
            throw SystemFailure.badAddress
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) {
                await withDiscardingTaskGroup { connections in
                    var number = 0
                    while let socket = try? await listener.accept() {
                        number += 1
                        let peer = RawPeer(socket: socket)
                        let mine = number
                        connections.addTask(executorPreference: loop) {
                            // A script that the client cuts off has done its part.
                            try? await script(peer, mine)
                            peer.close()
                        }
                    }
                    connections.cancelAll()
                }
            }
            defer { listener.close() }
            try await body(url)
            listener.close()
            group.cancelAll()
        }
    }
}

/// Counts from several tasks of the loop.
actor Tally {
    private(set) var value = 0
    private(set) var peak = 0
    private var now = 0

    func add() { value += 1 }

    func enter() {
        now += 1
        peak = max(peak, now)
    }

    func leave() { now -= 1 }
}
