// Our parser behind a listening socket, which writes down what it reads and answers everything alike: what stands
// behind nginx in the differential run, and what reads an input alone.
import EventLoop
import HTTPWire
import Synchronization
import TestSupport

/// What one reader made of one input, or what came through a proxy.
struct Reading: Sendable, Equatable {
    struct Message: Sendable, Equatable {
        var method: String
        var target: String
        var body: [UInt8]
    }
    var requests: [Message] = []
    /// Why it read no further; nil where it is content, or waits.
    var refusal: String?

    /// Our own reading of bytes that come at once.
    static func ours(_ bytes: [UInt8]) -> Reading {
        var parser = RequestParser(), reading = Reading()
        parser.receive(bytes.span)
        do throws(HTTPRefusal) {
            while let event = try parser.next() {
                guard case .request(let request) = event else { continue }
                reading.requests.append(
                    Message(method: request.method, target: request.target, body: request.body))
            }
        } catch { reading.refusal = error.description }
        return reading
    }
}

/// Every request that came, with the marks that the proxy in front put on it.
final class RecordingServer: Sendable {
    struct Arrival: Sendable {
        var hops: [String]
        var target: String
    }
    private let seen = Mutex<[Arrival]>([])
    private let listener: Listener
    let port: UInt16

    var arrivals: [Arrival] { seen.withLock { $0 } }

    private init(_ listener: Listener) {
        self.listener = listener
        port = listener.port
    }

    /// Serves while `body` runs.
    static func run(_ body: @escaping @Sendable (RecordingServer) async throws -> Void) async throws {
        let loop = TestLoop.shared
        try await loop.run {
            guard let address = SocketAddress(numeric: "127.0.0.1", port: 0) else {
                throw SystemFailure.badAddress
            }
            let server = RecordingServer(try Listener(on: address, loop: loop))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: loop) { await server.accept(loop) }
                defer { server.listener.close() }
                try await body(server)
                server.listener.close()
                group.cancelAll()
            }
        }
    }

    private func accept(_ loop: EventLoop) async {
        await withDiscardingTaskGroup { group in
            while let socket = try? await listener.accept() {
                group.addTask(executorPreference: loop) {
                    // A connection that the proxy cut is a connection that ended.
                    try? await self.serve(socket)
                    socket.close()
                }
            }
            group.cancelAll()
        }
    }

    private func serve(_ socket: StreamSocket) async throws {
        var parser = RequestParser()
        while try await socket.read({ parser.receive($0) }) {
            var out: [UInt8] = []
            do throws(HTTPRefusal) {
                while let event = try parser.next() {
                    guard case .request(let request) = event else { continue }
                    let hops = request.headers.all("x-hop")
                    seen.withLock { $0.append(Arrival(hops: hops, target: request.target)) }
                    HTTPResponse(status: 200).serialize(into: &out, keepAlive: true)
                }
            } catch {
                HTTPResponse(status: error.status).serialize(into: &out, keepAlive: false)
                try await socket.write(out)
                return
            }
            if !out.isEmpty { try await socket.write(out) }
        }
    }
}
