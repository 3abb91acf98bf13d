// Replays prepared webhooks over keep-alive connections. Open loop: each request has a moment when it is
// due, and its latency counts from then, so a server that stalls cannot slow its own measurement down.
// Closed loop: as fast as answers come, to find the most a server takes.
import EventLoop
import HTTPWire

struct WebhookLoad {
    let loop: EventLoop
    let port: UInt16
    let connections: Int

    struct Outcome: Sendable {
        var latencies = Latencies()
        var refused = 0
        var seconds = 0.0
        var perSecond: Double { seconds > 0 ? Double(latencies.count) / seconds : 0 }
    }

    /// `rate` a second, each request once; nil: as fast as possible.
    func run(_ requests: [[UInt8]], rate: Double?) async throws -> Outcome {
        let loop = loop, port = port, connections = connections
        return try await loop.run {
            let start = loop.nowNs + 20_000_000
            var whole = Outcome()
            try await withThrowingTaskGroup(of: Outcome.self) { group in
                for lane in 0..<connections {
                    group.addTask(executorPreference: loop) {
                        try await Self.lane(lane, connections, requests, rate, start, port, loop)
                    }
                }
                for try await outcome in group {
                    whole.latencies.add(outcome.latencies)
                    whole.refused += outcome.refused
                    whole.seconds = max(whole.seconds, outcome.seconds)
                }
            }
            return whole
        }
    }

    private static func lane(
        _ lane: Int, _ lanes: Int, _ requests: [[UInt8]], _ rate: Double?, _ start: Int64, _ port: UInt16,
        _ loop: EventLoop
    ) async throws -> Outcome {
        var outcome = Outcome()
        var socket = try await connect(port, loop), parser = ResponseParser()
        defer { socket.close() }
        for index in stride(from: lane, to: requests.count, by: lanes) {
            let due: Int64
            if let rate {
                due = start + Int64(Double(index) / rate * 1e9)
                if due > loop.nowNs { try await loop.sleep(untilNs: due) }
            } else {
                due = loop.nowNs
            }
            let answer = try await ask(requests[index], socket, &parser, loop)
            let now = loop.nowNs
            outcome.latencies.add(now - due)
            outcome.seconds = Double(now - start) / 1e9
            if answer?.response.status != 200 { outcome.refused += 1 }
            // A server that is about to end says so; one that is gone says nothing.
            if answer?.keepAlive != true {
                socket.close()
                socket = try await connect(port, loop)
                parser = ResponseParser()
            }
        }
        return outcome
    }

    private static func connect(_ port: UInt16, _ loop: EventLoop) async throws -> StreamSocket {
        let address = try await SocketAddress.resolve("127.0.0.1", port: port)
        return try await StreamSocket.connect(
            to: address, loop: loop, deadlineNs: loop.nowNs + 5_000_000_000)
    }

    /// Nil when the connection ended before the answer did. Nothing is sent again.
    private static func ask(
        _ request: [UInt8], _ socket: StreamSocket, _ parser: inout ResponseParser, _ loop: EventLoop
    ) async throws -> ResponseParser.Answer? {
        do {
            try await socket.write(request, deadlineNs: loop.nowNs + 30_000_000_000)
            parser.begin(method: "POST")
            while true {
                if let answer = try parser.next() { return answer }
                guard
                    try await socket.read(
                        deadlineNs: loop.nowNs + 30_000_000_000, { parser.receive($0) })
                else { return nil }
            }
        } catch is SystemFailure { return nil }
    }
}
